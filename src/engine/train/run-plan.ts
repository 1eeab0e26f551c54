/** @file What a run will do, worked out before its first step: prompt, captions as ids, order, number of steps, learning rates. */

import { present, StudioError } from '../../core/error.ts';
import type { Schedule } from '../../core/optim/schedule.ts';
import type { OpenModel } from '../model.ts';
import { checkOptions, invalidOptions, mostSteps } from './check-options.ts';
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
  checkOptions(model, options);
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
    throw invalidOptions(`${totalSteps.toLocaleString('en')} steps would never end; ${mostSteps.toLocaleString('en')} is the most`);
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

/** Checks that the longest example fits into the model's context. @throws {StudioError} 'argument-invalid' telling by how much it does not */
export function checkContext(model: OpenModel, plan: RunPlan, rowCounts: readonly number[], prefixTokens: number): void {
  const rows = Math.max(...rowCounts);
  const captions = Math.max(...plan.captions.flatMap((list) => list.map((ids) => ids.length)));
  const positions = prefixTokens + plan.softTokens + plan.layout.before.length + rows + plan.layout.after.length + captions;
  const limit = present(model.model.decoder.contextLength, 'the decoder has no context length');
  if (positions > limit)
    throw invalidOptions(
      `an example takes ${String(positions)} positions, this model reads ${String(limit)}; take fewer soft tokens or shorter captions`,
    );
}
