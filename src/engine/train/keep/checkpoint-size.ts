/** @file How large a checkpoint will be, and that one is not too large to be read again. */

import { StudioError } from '../../../core/error.ts';
import { makeOptimizer } from '../../../core/optim/optimizers.ts';
import type { TrainOptions } from '../options.ts';

/** What Node reads of a file at once, and what browsers surely hold in one buffer. @unit bytes */
const largestBytes = 2 ** 31 - 1;

/**
 * Refuses a run whose checkpoints could not be read again: they hold each number that learns as it began, as it is, as it looked best, and
 * what the optimiser remembers of it.
 *
 * @throws {StudioError} 'out-of-memory' with the size and what to choose instead
 */
export function requireKeepable(trainableCount: number, { optimizer, method }: TrainOptions): void {
  const sizeBytes = 4 * trainableCount * (3 + makeOptimizer(optimizer).slotNames.length);
  if (sizeBytes <= largestBytes) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const remedy = 'rank' in method ? 'a smaller rank or fewer layers' : 'LoRA';
  throw new StudioError(
    'out-of-memory',
    `training: ${trainableCount.toLocaleString('en')} numbers learn, so that a checkpoint takes ${gigabytes(sizeBytes)} GB; ${gigabytes(largestBytes)} GB is the most. Choose ${remedy}`,
    { details: { sizeBytes, largestBytes } },
  );
}
