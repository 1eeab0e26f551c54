/** @file Adam with decoupled weight decay. */

import { present } from '../error.ts';
import { add, div, mul, sqrt, sub } from '../graph/math.ts';
import type { Optimizer } from './optimizer.ts';

/** The constants of AdamW. */
export interface AdamwOptions {
  /** How slowly the mean of gradients follows, from 0 (inclusive) to 1 (exclusive). */
  readonly beta1: number;
  /** How slowly the mean of squared gradients follows, from 0 (inclusive) to 1 (exclusive). */
  readonly beta2: number;
  /** Added to the root, outside of it. */
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The constants that most use, without decay. */
export const adamwDefaults: AdamwOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/**
 * Makes AdamW: p ← p (1 − η λ) − η / c₁ · m / (√v / √c₂ + ε), with means m and v of g and g², and corrections c = 1 − βᵗ.
 *
 * The corrections are inputs, computed in double precision: 1 − 0.999 in float32 would be off by 6e-5.
 *
 * @source Loshchilov and Hutter 2019, arxiv.org/abs/1711.05101, algorithm 2; torch.optim.AdamW 2.15
 */
export function makeAdamw({ beta1, beta2, epsilon, weightDecay }: AdamwOptions): Optimizer {
  return {
    slotNames: ['mean', 'square'],
    rateNames: [...(weightDecay === 0 ? [] : ['kept']), 'stepSize', 'rootCorrection'],
    ratesAt: (step, learningRate) => ({
      ...(weightDecay === 0 ? {} : { kept: 1 - learningRate * weightDecay }),
      stepSize: learningRate / (1 - beta1 ** (step + 1)),
      rootCorrection: Math.sqrt(1 - beta2 ** (step + 1)),
    }),
    update: (g, { parameter, slots }, { gradient, rates }) => {
      const rate = (name: string) => present(rates[name], `AdamW has no ${name}`);
      const slot = (name: string) => present(slots[name], `AdamW has no ${name}`);
      const mean = add(g, mul(g, slot('mean'), beta1), mul(g, gradient, 1 - beta1));
      const square = add(g, mul(g, slot('square'), beta2), mul(g, mul(g, gradient, gradient), 1 - beta2));
      const root = add(g, div(g, sqrt(g, square), rate('rootCorrection')), epsilon);
      const kept = weightDecay === 0 ? parameter : mul(g, parameter, rate('kept'));
      return { parameter: sub(g, kept, mul(g, div(g, mean, root), rate('stepSize'))), slots: { mean, square } };
    },
  };
}
