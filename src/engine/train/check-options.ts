/** @file Refuses options of training that make no sense, before anything is computed with them. */

import { present, StudioError } from '../../core/error.ts';
import type { OpenModel } from '../model.ts';
import type { TrainOptions } from './options.ts';

/** Beyond this a run would never end. @unit steps */
export const mostSteps = 1e8;

/** Beyond these a number is a slip of the hand: nothing is learned there. */
const mostRate = 1e6;
const mostAlpha = 1e5;
const mostClip = 1e6;
const mostPictures = 1e5;
const mostCaptions = 1000;
const mostLooks = 1e4;
/** Seeds are words of the generator. */
const mostSeed = 2 ** 32 - 1;

/** A number with its name and the range that it must lie in. */
type Bound = readonly [name: string, value: number, least: number, most: number];

/**
 * Says in one sentence which option makes no sense.
 *
 * @throws {StudioError} 'argument-invalid'
 */
export function checkOptions(model: OpenModel, options: TrainOptions): void {
  const { contextLength, hiddenSize } = model.model.decoder;
  const most = { tokens: present(contextLength, 'the decoder has no context length'), rank: hiddenSize };
  const strayed = wholeNumbers(options, most).find(([, value, least, most]) => !Number.isInteger(value) || value < least || value > most);
  if (strayed) {
    const [name, value, least, most] = strayed;
    throw invalidOptions(`${name} must be a whole number from ${String(least)} to ${String(most)}, got ${String(value)}`);
  }
  const tooLarge = sizes(options).find(([, value, most]) => !(value > 0 && value <= most));
  if (tooLarge) {
    const [name, value, most] = tooLarge;
    throw invalidOptions(`${name} must be above 0 and at most ${String(most)}, got ${String(value)}`);
  }
  const { method, smoothing, warmupShare } = options;
  if (!(smoothing >= 0 && smoothing < 1)) throw invalidOptions('label smoothing must be from 0 to below 1');
  if (!(warmupShare >= 0 && warmupShare <= 1)) throw invalidOptions('the warm-up must be a share from 0 to 1');
  if ('dropout' in method && !(method.dropout >= 0 && method.dropout < 1)) throw invalidOptions('dropout must be from 0 to below 1');
  if (method.kind === 'prefix' && method.projectionSize !== null && method.initText !== null)
    throw invalidOptions('a prefix that a network makes cannot start from a text; leave one of the two out');
}

/** Makes the error of options that make no sense. */
export function invalidOptions(reason: string): StudioError {
  return new StudioError('argument-invalid', `training: ${reason}`);
}

/** @param most `rank` is the width of the decoder: no layer has more directions to change in */
function wholeNumbers(
  { method, length, validation, ...options }: TrainOptions,
  most: { readonly tokens: number; readonly rank: number },
): readonly Bound[] {
  return [
    ['batch', options.batchPictures, 1, mostPictures],
    ['accumulate', options.accumulate, 1, mostPictures],
    ['captions of a picture', options.captionsPerPicture, 1, mostCaptions],
    ['longest caption', options.maxCaptionTokens, 1, most.tokens],
    ['scored pictures', validation.scoredPictures, 0, mostPictures],
    ['seed', options.seed, 0, mostSeed],
    ...(validation.patience === null ? [] : [['patience', validation.patience, 1, mostSteps] as const]),
    ...('steps' in length ? [['steps', length.steps, 1, mostSteps] as const] : []),
    ...('rank' in method ? [['rank', method.rank, 1, most.rank] as const] : []),
    ...('tokens' in method && method.tokens !== null ? [['learned tokens', method.tokens, 1, most.tokens] as const] : []),
  ];
}

function sizes({ method, length, clip, validation, learningRate }: TrainOptions): readonly (readonly [string, number, number])[] {
  return [
    ['the learning rate', learningRate, mostRate],
    ['looks in an epoch', validation.timesPerEpoch, mostLooks],
    ...(clip === null ? [] : [['the clip', clip, mostClip] as const]),
    ...('alpha' in method ? [['alpha', method.alpha, mostAlpha] as const] : []),
    ...('epochs' in length ? [['epochs', length.epochs, mostSteps] as const] : []),
  ];
}
