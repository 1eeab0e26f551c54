/** @file DoRA: a low-rank path that turns each output's weights, and a magnitude that stretches them. */

import { add, div, gemm, mul } from '../graph/math.ts';
import { detach } from '../graph/detach.ts';
import { int } from '../graph/attribute.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { GraphAdapter } from '../nn/adapter.ts';
import type { DropInputs } from './dropout.ts';
import { declareFactors, lowRankPath, type LowRankFactors } from './lora.ts';
import type { DeclareParameter } from './parameter.ts';
import { rankOf, type LowRankSpec } from './spec.ts';

/**
 * Makes DoRA: y = m / n · (W x + scale · B (A x)), n the lengths of the rows of W + scale · B A.
 *
 * The lengths are computed anew in each step, but count as constants when gradients are taken (section 4.3).
 *
 * @source Liu et al. 2024, arxiv.org/abs/2402.09353; peft 0.21.2, tuners/lora/dora.py
 */
export function makeDora(spec: LowRankSpec, declare: DeclareParameter, drop: DropInputs): GraphAdapter {
  return {
    linear: (g, site, { x, y }) => {
      const chosen = rankOf(spec, site.module);
      if (!chosen) return y;
      const { module, outputSize } = site;
      const factors = declareFactors(declare, site, chosen.rank);
      const magnitude = declare({ name: `${module}.lora_magnitude_vector`, shape: [outputSize], initial: { kind: 'row-norms', module } });
      const lengths = detach(g, rowLengths(g, factors, { weight: site.weight(), scale: chosen.scale }));
      const turned = add(g, y, mul(g, lowRankPath(g, factors, drop(g, x)), chosen.scale));
      return mul(g, turned, div(g, magnitude, lengths));
    },
  };
}

/** @shape weight [K, N] → [N] */
function rowLengths(g: GraphBuilder, { a, b }: LowRankFactors, from: { readonly weight: Value; readonly scale: number }): Value {
  const change = mul(g, gemm(g, a, b, { transA: true, transB: true }), from.scale); // [K, N]
  return g.add('ReduceL2', [add(g, from.weight, change), g.int64s([0])], { attributes: { keepdims: int(0) } });
}
