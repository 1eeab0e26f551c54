/** @file The graph that measures low-rank changes against the frozen weights they belong to, where these are held. */

import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { concat, gemm, matMul, mul, reduceSum, transpose } from '../../src/core/graph/math.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { linear, project } from '../../src/core/nn/linear.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import type { DecoderConfig } from './config.ts';
import { decoderContext, headModule, headTable, type DecoderContext } from './layer.ts';
import type { DecoderSite } from './sites.ts';

/** Gives the name of the input for a factor of a module: `a` [R, K] or `b` [N, R]. */
export function factorName(module: string, part: 'a' | 'b'): string {
  return `${module}.${part}`;
}

/**
 * Builds the graph that gives, for a change C = B A of any rank, the sums over the rows of W ∘ C (`cross`) and of C ∘ C (`change`),
 * the rows of all modules one after another, [ΣN]: a GPU takes its time for each thing that is read from it. W is only multiplied with, as in the decoder, so that blocks stay blocks; C itself is never made: W C follows from W Aᵀ, C C from A Aᵀ.
 */
export function changeSums(config: DecoderConfig, catalog: WeightCatalog, sites: readonly DecoderSite[]): Graph {
  const g = new GraphBuilder('change-sums');
  const context = decoderContext(g, config, catalog, nullAdapter);
  const cross: Value[] = [];
  const change: Value[] = [];
  for (const site of sites) {
    const { module, inputSize, outputSize } = site;
    const rank = `R:${module}`;
    const a = g.input(factorName(module, 'a'), 'float32', [rank, inputSize]);
    const up = transpose(g, g.input(factorName(module, 'b'), 'float32', [outputSize, rank]), [1, 0]); // [R, N]
    const along = frozenProduct(context, site, a); // [R, N]
    const inner = gemm(g, a, a, { transB: true }); // [R, R]
    cross.push(reduceSum(g, mul(g, along, up), [0], false));
    change.push(reduceSum(g, mul(g, matMul(g, inner, up), up), [0], false));
  }
  return g.finish({ cross: concat(g, cross, 0), change: concat(g, change, 0) });
}

/** @shape x [R, K] → [R, N] */
function frozenProduct(context: DecoderContext, site: DecoderSite, x: Value): Value {
  return site.module === headModule ? project(context, headTable(context.config), x) : linear(context, { ...site, hasBias: false }, x);
}
