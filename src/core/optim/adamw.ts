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
 * Remembered are the sums m / (1 − β₁) and v / (1 − β₂): all constant factors then meet in two numbers a step, and an update of a
 * large model passes over its memory ten times instead of thirteen. These numbers are inputs, computed in double precision: 1 − 0.999 in
 * float32 would be off by 6e-5.
 *
 * @source Loshchilov and Hutter 2019, arxiv.org/abs/1711.05101, algorithm 2; torch.optim.AdamW 2.15
 */
export function makeAdamw({ beta1, beta2, epsilon, weightDecay }: AdamwOptions): Optimizer {
  return {
    slotNames: ['gradientSum', 'squareSum'],
    rateNames: [...(weightDecay === 0 ? [] : ['kept']), 'stepSize', 'offset'],
    ratesAt: (step, learningRate) => {
      // √(v / c₂) = √squareSum / stretch
      const stretch = Math.sqrt((1 - beta2 ** (step + 1)) / (1 - beta2));
      return {
        ...(weightDecay === 0 ? {} : { kept: 1 - learningRate * weightDecay }),
        stepSize: (learningRate * (1 - beta1) * stretch) / (1 - beta1 ** (step + 1)),
        offset: epsilon * stretch,
      };
    },
    update: (g, { parameter, slots }, { gradient, rates }) => {
      const rate = (name: string) => present(rates[name], `AdamW has no ${name}`);
      const slot = (name: string) => present(slots[name], `AdamW has no ${name}`);
      const gradientSum = add(g, mul(g, slot('gradientSum'), beta1), gradient);
      const squareSum = add(g, mul(g, slot('squareSum'), beta2), mul(g, gradient, gradient));
      const direction = div(g, gradientSum, add(g, sqrt(g, squareSum), rate('offset')));
      const kept = weightDecay === 0 ? parameter : mul(g, parameter, rate('kept'));
      return { parameter: sub(g, kept, mul(g, direction, rate('stepSize'))), slots: { gradientSum, squareSum } };
    },
  };
}
