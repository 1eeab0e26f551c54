/** @file Notices when training explodes although every number is still a number. */

import { StudioError } from '../../../core/error.ts';

/** Steps that are averaged: a single hard batch is no explosion. */
const window = 10;
/** A rise by this is more than any noise of batches; a model that guesses blindly is at the logarithm of its vocabulary, 9 to 12. @unit nats a token */
const largestRise = 3;

/**
 * Compares the last losses with the best ones so far.
 *
 * @throws {StudioError} 'loss-diverged' when they are far above
 */
export function watchLoss(losses: readonly number[]): void {
  if (losses.length < 2 * window) return;
  const recent = mean(losses.slice(-window));
  const first = mean(losses.slice(0, window));
  if (recent < first + largestRise) return;
  throw new StudioError(
    'loss-diverged',
    `training: the loss rose from ${first.toFixed(2)} to ${recent.toFixed(2)}; lower the learning rate, lengthen the warm-up, or clip gradients`,
    { details: { step: losses.length, loss: recent } },
  );
}

/** So many steps in a row without any gradient are no accident. */
const deadSteps = 5;

/**
 * Makes a watch over the lengths of gradients: after a step that was far too long, numbers may be so large that nothing moves them any more,
 * at a loss that looks harmless.
 *
 * @throws {StudioError} 'loss-diverged' from the watch, when several steps in a row had no gradient at all
 */
export function makeNormWatch(): (norm: number, step: number) => void {
  let still = 0;
  return (norm, step) => {
    still = norm === 0 ? still + 1 : 0;
    if (still < deadSteps) return;
    throw new StudioError(
      'loss-diverged',
      `training: no gradient was left in the last ${String(deadSteps)} steps, so that nothing is learned; lower the learning rate, lengthen the warm-up, or clip gradients`,
      { details: { step } },
    );
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
