/** @file LoRA: a low-rank path beside each chosen linear layer. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, matMul, mul, transpose } from '../graph/math.ts';
import type { GraphAdapter, LinearSite } from '../nn/adapter.ts';
import type { DropInputs } from './dropout.ts';
import type { DeclareParameter } from './parameter.ts';
import { rankOf, type LowRankSpec } from './spec.ts';

/** The two factors of a low-rank change. */
export interface LowRankFactors {
  /** @shape [R, K] */
  readonly a: Value;
  /** @shape [N, R] */
  readonly b: Value;
}

/**
 * Makes LoRA: y = W x + scale · B (A x).
 *
 * @source Hu et al. 2021, arxiv.org/abs/2106.09685; peft 0.21.2, tuners/lora/layer.py
 */
export function makeLora(spec: LowRankSpec, declare: DeclareParameter, drop: DropInputs): GraphAdapter {
  return {
    linear: (g, site, { x, y }) => {
      const chosen = rankOf(spec, site.module);
      if (!chosen) return y;
      const factors = declareFactors(declare, site, chosen.rank);
      return add(g, y, mul(g, lowRankPath(g, factors, drop(g, x)), chosen.scale));
    },
  };
}

/** Declares the factors of a layer; B starts at zero, so that training starts at the model as it is. */
export function declareFactors(declare: DeclareParameter, { module, inputSize, outputSize }: LinearSite, rank: number): LowRankFactors {
  // Kaiming's uniform bound with a = √5, as PEFT and nn.Linear have it, comes to 1 / √inputs.
  const bound = 1 / Math.sqrt(inputSize);
  return {
    a: declare({ name: `${module}.lora_A.weight`, shape: [rank, inputSize], initial: { kind: 'uniform', bound } }),
    b: declare({ name: `${module}.lora_B.weight`, shape: [outputSize, rank], initial: { kind: 'zeros' } }),
  };
}

/**
 * Applies the low-rank path without its scale.
 *
 * @shape x [..., K] → [..., N]
 */
export function lowRankPath(g: GraphBuilder, { a, b }: LowRankFactors, x: Value): Value {
  return matMul(g, matMul(g, x, transpose(g, a, [1, 0])), transpose(g, b, [1, 0]));
}
