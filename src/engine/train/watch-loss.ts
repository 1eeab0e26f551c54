/** @file Notices when training explodes although every number is still a number. */

import { StudioError } from '../../core/error.ts';

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
    `training: the loss rose from ${first.toFixed(2)} to ${recent.toFixed(2)}; the last good state is kept. Lower the learning rate, lengthen the warm-up, or clip gradients`,
    { details: { step: losses.length, loss: recent } },
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
