/** @file What a run will do, worked out before its first step: prompt, captions as ids, order, number of steps, learning rates. */

import { present, StudioError } from '../../core/error.ts';
import type { Schedule } from '../../core/optim/schedule.ts';
import type { OpenModel } from '../model.ts';
import { batchesOfEpoch, type Turn } from './data/data-order.ts';
import { encodeCaptions } from './data/encode-captions.ts';
import type { TrainOptions } from './options.ts';
import { layOutPrompt, softTokenCount, type PromptLayout } from './data/prompt-layout.ts';
import type { TrainPicture } from './request.ts';
import type { TrainingMethod } from '../../../models/decoder/train-method.ts';

/** Captions of pictures as ids. */
export type CaptionIds = readonly (readonly (readonly number[])[])[];

/** A run, worked out. */
export interface RunPlan {
  readonly method: TrainingMethod;
  readonly layout: PromptLayout;
  readonly softTokens: number;
  readonly captions: CaptionIds;
  readonly validationCaptions: CaptionIds;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly schedule: Schedule;
  /** Steps between two looks at what was learned. */
  readonly lookEvery: number;
  /** Gives the batches of a step, counted from 0. */
  batchesAt(step: number): readonly (readonly Turn[])[];
}

/**
 * Works a run out.
 *
 * @throws {StudioError} 'argument-invalid' when options make no sense or there is nothing to learn
 */
export function planRun(
  model: OpenModel,
  options: TrainOptions,
  data: { readonly pictures: readonly TrainPicture[]; readonly validation: readonly TrainPicture[] },
): RunPlan {
  checkOptions(options, present(model.model.decoder.contextLength, 'the decoder has no context length'));
  const softTokens = softTokenCount(model, options);
  const layout = layOutPrompt(model, options, softTokens);
  const idsOf = (pictures: readonly TrainPicture[]): CaptionIds =>
    pictures.map(({ captions }) => encodeCaptions(model, layout, captions, options.maxCaptionTokens).captions);
  const captions = idsOf(data.pictures);
  if (captions.length === 0 || captions.some((list) => list.length === 0))
    throw new StudioError('argument-invalid', 'training: every picture needs a caption that is not empty; take the others out');
  const lengths = captions.map((list) => list.map((ids) => ids.length));
  const stepsPerEpoch = Math.ceil(Math.ceil(captions.length / options.batchPictures) / options.accumulate);
  const totalSteps = 'steps' in options.length ? options.length.steps : Math.max(1, Math.round(options.length.epochs * stepsPerEpoch));
  if (totalSteps > mostSteps)
    throw invalid(`${totalSteps.toLocaleString('en')} steps would never end; ${mostSteps.toLocaleString('en')} is the most`);
  const span = 'steps' in options.length ? totalSteps : stepsPerEpoch;
  let known: { readonly epoch: number; readonly batches: readonly (readonly Turn[])[] } | null = null;
  return {
    method: trainingMethodOf(options, softTokens),
    layout,
    softTokens,
    captions,
    validationCaptions: idsOf(data.validation),
    stepsPerEpoch,
    totalSteps,
    schedule: {
      kind: options.schedule,
      peak: options.learningRate,
      warmupSteps: Math.round(options.warmupShare * totalSteps),
      totalSteps,
    },
    lookEvery: Math.max(1, Math.round(span / options.validation.timesPerEpoch)),
    batchesAt: (step) => {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (known?.epoch !== epoch) known = { epoch, batches: batchesOfEpoch(lengths, epoch, options) };
      const first = (step % stepsPerEpoch) * options.accumulate;
      return known.batches.slice(first, first + options.accumulate);
    },
  };
}

/** Gives a method as training graphs know it. */
export function trainingMethodOf({ method }: Pick<TrainOptions, 'method'>, softTokens: number): TrainingMethod {
  switch (method.kind) {
    case 'prompt':
      return { kind: 'prompt', tokens: softTokens };
    case 'prefix':
      return { kind: 'prefix', tokens: method.tokens, projectionSize: method.projectionSize };
    case 'lora':
    case 'dora':
      return method;
    case 'full':
      return { kind: 'full', reach: method.tower === true ? 'tower' : 'projector' };
    default:
      return method satisfies never;
  }
}

/** Beyond these a number is a slip of the hand: nothing is learned there. */
const mostRate = 1e6;
const mostAlpha = 1e5;
const mostSteps = 1e8;
const mostPictures = 1e5;
const mostCaptions = 1000;
const mostRank = 1e5;

/** Says in one sentence which option makes no sense. */
function checkOptions(options: TrainOptions, contextLength: number): void {
  const { method, length } = options;
  const wholes: readonly (readonly [string, number, number])[] = [
    ['batch', options.batchPictures, mostPictures],
    ['accumulate', options.accumulate, mostPictures],
    ['captions of a picture', options.captionsPerPicture, mostCaptions],
    ['longest caption', options.maxCaptionTokens, contextLength],
    ...('steps' in length ? [['steps', length.steps, mostSteps] as const] : []),
    ...('rank' in method ? [['rank', method.rank, mostRank] as const] : []),
    ...('tokens' in method && method.tokens !== null ? [['learned tokens', method.tokens, contextLength] as const] : []),
  ];
  const wrong = wholes.find(([, value, most]) => !Number.isInteger(value) || value < 1 || value > most);
  if (wrong) throw invalid(`${wrong[0]} must be a whole number from 1 to ${String(wrong[2])}, got ${String(wrong[1])}`);
  if (!(options.learningRate > 0 && options.learningRate <= mostRate))
    throw invalid(`the learning rate must be above 0 and at most ${String(mostRate)}, got ${String(options.learningRate)}`);
  if ('alpha' in method && !(method.alpha > 0 && method.alpha <= mostAlpha))
    throw invalid(`alpha must be above 0 and at most ${String(mostAlpha)}, got ${String(method.alpha)}`);
  if ('epochs' in length && !(length.epochs > 0)) throw invalid(`epochs must be above 0, got ${String(length.epochs)}`);
  if (options.clip !== null && !(options.clip > 0)) throw invalid(`the clip must be above 0, got ${String(options.clip)}`);
  if (!(options.smoothing >= 0 && options.smoothing < 1)) throw invalid(`label smoothing must be from 0 to below 1`);
  if (!(options.warmupShare >= 0 && options.warmupShare <= 1)) throw invalid(`the warm-up must be a share from 0 to 1`);
  if ('dropout' in method && !(method.dropout >= 0 && method.dropout < 1)) throw invalid('dropout must be from 0 to below 1');
  const { scoredPictures } = options.validation;
  if (!Number.isInteger(scoredPictures) || scoredPictures < 0)
    throw invalid(`scored pictures must be a whole number from 0, got ${String(scoredPictures)}`);
  if (!(options.validation.timesPerEpoch > 0)) throw invalid('looks in an epoch must be above 0');
  if (method.kind === 'prefix' && method.projectionSize !== null && method.initText !== null)
    throw invalid('a prefix that a network makes cannot start from a text; leave one of the two out');
}

function invalid(reason: string): StudioError {
  return new StudioError('argument-invalid', `training: ${reason}`);
}

/** Checks that the longest example fits into the model's context. @throws {StudioError} 'argument-invalid' telling by how much it does not */
export function checkContext(model: OpenModel, plan: RunPlan, rowCounts: readonly number[], prefixTokens: number): void {
  const rows = Math.max(...rowCounts);
  const captions = Math.max(...plan.captions.flatMap((list) => list.map((ids) => ids.length)));
  const positions = prefixTokens + plan.softTokens + plan.layout.before.length + rows + plan.layout.after.length + captions;
  const limit = present(model.model.decoder.contextLength, 'the decoder has no context length');
  if (positions > limit)
    throw invalid(
      `an example takes ${String(positions)} positions, this model reads ${String(limit)}; take fewer soft tokens or shorter captions`,
    );
}
