/** @file The graph that measures low-rank changes against the frozen weights they belong to, where these are held. */

import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { gemm, matMul, mul, reduceSum, transpose } from '../../src/core/graph/math.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { linear, project } from '../../src/core/nn/linear.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import type { DecoderConfig } from './config.ts';
import { decoderContext, headModule, headTable, type DecoderContext } from './layer.ts';
import type { DecoderSite } from './sites.ts';

/** What the graph takes and gives of a module: the factors `a` [R, K] and `b` [N, R], and two sums over each row, [N]. */
export type ChangeSumPart = 'a' | 'b' | 'cross' | 'change';

/** Gives the name of a module's input or output. */
export function changeSumName(module: string, part: ChangeSumPart): string {
  return `${module}.${part}`;
}

/**
 * Builds the graph that gives, for a change C = B A of any rank, the sums over the rows of W ∘ C (`cross`) and of C ∘ C (`change`).
 * W is only multiplied with, as in the decoder, so that blocks stay blocks; C itself is never made: W C follows from W Aᵀ, C C from A Aᵀ.
 */
export function changeSums(config: DecoderConfig, catalog: WeightCatalog, sites: readonly DecoderSite[]): Graph {
  const g = new GraphBuilder('change-sums');
  const context = decoderContext(g, config, catalog, nullAdapter);
  const outputs: Record<string, Value> = {};
  for (const site of sites) {
    const { module, inputSize, outputSize } = site;
    const rank = `R:${module}`;
    const a = g.input(changeSumName(module, 'a'), 'float32', [rank, inputSize]);
    const up = transpose(g, g.input(changeSumName(module, 'b'), 'float32', [outputSize, rank]), [1, 0]); // [R, N]
    const along = frozenProduct(context, site, a); // [R, N]
    const inner = gemm(g, a, a, { transB: true }); // [R, R]
    outputs[changeSumName(module, 'cross')] = reduceSum(g, mul(g, along, up), [0], false);
    outputs[changeSumName(module, 'change')] = reduceSum(g, mul(g, matMul(g, inner, up), up), [0], false);
  }
  return g.finish(outputs);
}

/** @shape x [R, K] → [R, N] */
function frozenProduct(context: DecoderContext, site: DecoderSite, x: Value): Value {
  return site.module === headModule ? project(context, headTable(context.config), x) : linear(context, { ...site, hasBias: false }, x);
}
