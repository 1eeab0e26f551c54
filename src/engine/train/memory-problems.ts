/** @file What of a run's memory can be said before it starts, on the processor and on a GPU. */

import { StudioError } from '../../core/error.ts';
import type { DataProblem } from './data-problems.ts';
import { requireBuffers, requireMemory, sayMemory, sayRemedy, type MemoryEstimate } from './estimate.ts';
import type { TrainOptions } from './options.ts';

/** What is known of the memory of a machine. A GPU tells how much goes into one buffer, and not how much it has. @unit bytes */
export type MemoryLimits =
  | { readonly kind: 'processor'; readonly availableBytes: number }
  | { readonly kind: 'gpu'; readonly maxBufferBytes: number };

/** Above this a step is more than many GPUs have. @unit bytes */
const usualGpuBytes = 4e9;

/** Lists what stands against a step: what surely cannot fit is fatal, what may not fit is said. */
export function findMemoryProblems(
  memory: MemoryEstimate,
  limits: MemoryLimits,
  options: Pick<TrainOptions, 'method'>,
): readonly DataProblem[] {
  try {
    if (limits.kind === 'processor') requireMemory(memory, limits.availableBytes, options);
    else requireBuffers(memory, limits.maxBufferBytes, options);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return [{ kind: 'memory', isFatal: true, message: error.message, ids: [] }];
  }
  if (limits.kind === 'processor' || memory.totalBytes <= usualGpuBytes) return [];
  const message = `training takes about ${sayMemory(memory)}; browsers do not tell how much memory a GPU has: where this one has less, ${sayRemedy(options.method)}`;
  return [{ kind: 'memory', isFatal: false, message, ids: [] }];
}
