/** @file Stochastic gradient descent with momentum. */

import { present } from '../error.ts';
import { add, mul, sub } from '../graph/math.ts';
import type { Optimizer } from './optimizer.ts';

/** The constants of SGD. */
export interface SgdOptions {
  /** The share of the last update that goes into the next, from 0 (inclusive) to 1 (exclusive). */
  readonly momentum: number;
  /** Whether the gradient is looked at where the momentum leads. */
  readonly nesterov: boolean;
  /** Added to the gradient times the parameter. */
  readonly weightDecay: number;
}

/**
 * Makes SGD: v ← μ v + g, p ← p − η v, or with Nesterov p ← p − η (g + μ v).
 *
 * @source torch.optim.SGD 2.15 with dampening 0
 */
export function makeSgd({ momentum, nesterov, weightDecay }: SgdOptions): Optimizer {
  return {
    slotNames: momentum === 0 ? [] : ['velocity'],
    rateNames: ['learningRate'],
    ratesAt: (_step, learningRate) => ({ learningRate }),
    update: (g, { parameter, slots }, change) => {
      const rate = present(change.rates['learningRate'], 'SGD has no learning rate');
      const gradient = weightDecay === 0 ? change.gradient : add(g, change.gradient, mul(g, parameter, weightDecay));
      if (momentum === 0) return { parameter: sub(g, parameter, mul(g, gradient, rate)), slots };
      const velocity = add(g, mul(g, present(slots['velocity'], 'SGD has no velocity'), momentum), gradient);
      const direction = nesterov ? add(g, gradient, mul(g, velocity, momentum)) : velocity;
      return { parameter: sub(g, parameter, mul(g, direction, rate)), slots: { velocity } };
    },
  };
}
