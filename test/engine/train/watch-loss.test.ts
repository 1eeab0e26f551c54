/** @file Runs that learn nothing any more are stopped: the loss rose or is no number, or no gradient is left. */
import { describe, expect, it } from 'vitest';
import { makeNormWatch, watchLoss } from '../../../src/engine/train/watch/watch-loss.ts';

describe('watchLoss', () => {
  const calm = Array.from({ length: 20 }, () => 3);

  it('lets a loss pass that wavers', () => {
    expect(() => watchLoss([...calm, 3.5, 2.5, 4])).not.toThrow();
  });

  it.each([
    ['is no number', NaN],
    ['is without end', Infinity],
    ['is far above the first', 1e3],
  ])('stops where the loss %s', (_, loss) => {
    expect(() => watchLoss([...calm, loss, loss, loss, loss, loss])).toThrow(/lower the learning rate/u);
  });
});

describe('makeNormWatch', () => {
  it('stops after five steps in a row without a gradient, and not before', () => {
    const watch = makeNormWatch();
    for (const norm of [2, 0, 0, 0, 0, 1e-12, 0, 0, 0, 0]) watch(norm, 1);
    expect(() => watch(0, 11)).toThrow(/no gradient was left in the last 5 steps.*lower the learning rate/u);
  });
});
