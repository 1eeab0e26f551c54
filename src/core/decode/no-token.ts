/** @file The error of a step at which nothing is left to choose. */

import { StudioError } from '../error.ts';

/** Makes the error for scores whose log-sum-exp is `total`: the model's fault where that is no number, else the rules'. */
export function noToken(total: number): StudioError {
  return Number.isFinite(total)
    ? new StudioError('argument-invalid', 'decoding: the options ban every token; allow some words or lower minNewTokens')
    : new StudioError('internal', 'decoding: the model gave scores that are no numbers; try another precision or backend');
}
