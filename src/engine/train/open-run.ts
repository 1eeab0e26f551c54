/** @file What is open once pictures have been looked at: their features, parameters where sessions compute, and the looks at validation pictures. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import type { Parameter } from '../../core/adapter/parameter.ts';
import { makeOptimizer } from '../../core/optim/optimizers.ts';
import type { TrainedModel } from '../../../models/decoder/train-forward.ts';
import { pictureFeed } from '../../../models/decoder/train-method.ts';
import { openFeatures, type Features } from './data/features.ts';
import type { BatchMaker } from './data/make-batch.ts';
import { estimateMemory, type DataSizes } from './estimate.ts';
import type { Checkpoint } from './keep/checkpoint.ts';
import type { TrainRequest } from './request.ts';
import { checkContext, type RunPlan } from './run-plan.ts';
import type { ParameterValues } from './start/initial-values.ts';
import { startValues } from './start/start-values.ts';
import { openStepper, type Stepper, type TrainingState } from './step/stepper.ts';
import { openValidator, type Validator } from './watch/validation.ts';

/** A run whose pictures have been looked at. */
export interface OpenRun {
  readonly stepper: Stepper;
  readonly features: Features;
  /** Null where no pictures are kept for validation. */
  readonly validator: Validator | null;
  /** What the parameters started from. */
  readonly start: ParameterValues;
  /** What they are as it opens: those of a checkpoint, or the start. */
  readonly state: TrainingState;
}

/** What a run is opened from. */
export interface RunParts {
  readonly request: TrainRequest;
  readonly plan: RunPlan;
  readonly trained: TrainedModel;
  readonly parameters: readonly Parameter[];
  readonly maker: BatchMaker;
  /** What it goes on from; null at its first step. */
  readonly saved: Checkpoint | null;
  /** Makes an adapter of what was learned. */
  readonly learned: (name: string, values: ParameterValues, start: ParameterValues) => LearnedAdapter;
}

/**
 * Looks at the pictures and opens a run.
 *
 * @throws {StudioError} 'cancelled' when it was broken off; 'picture-invalid' naming pictures that cannot be read; 'argument-invalid' when the
 * longest example does not fit into the model's context
 */
export async function openRun(parts: RunParts, isCancelled: () => boolean): Promise<OpenRun> {
  const { request, plan, trained, parameters, maker, saved, learned } = parts;
  const { model, options } = request;
  const features = await openFeatures({
    model,
    feed: pictureFeed(plan.method),
    pictures: [...request.pictures, ...request.validation],
    store: request.features,
    onProgress: (done, total) => {
      request.onEvent({ kind: 'features', done, total });
    },
    isCancelled,
  });
  checkContext(model, plan, features.rowCounts, maker.prefixTokens);
  const start = saved?.start ?? (await startValues(model, parameters, request));
  const state = saved?.state ?? { step: 0, parameters: start, slots: new Map() };
  const stepper = await openStepper(
    {
      recomputes: estimateMemory(model, options, sizesOf(parts, features)).recomputes,
      runtime: model.runtime,
      weights: model.store,
      trained,
      plan: { method: plan.method, smoothing: options.smoothing },
      optimizer: makeOptimizer(options.optimizer),
      clip: options.clip,
      seed: options.seed,
    },
    state,
  );
  const learnedNow = async (): Promise<LearnedAdapter> => learned('validation', (await stepper.save()).parameters, start);
  const hasLooks = request.validation.length > 0;
  const validator = hasLooks ? openValidator({ request, plan, maker, features, stepper, learnedNow }) : null;
  return { stepper, features, validator, start, state };
}

/** What the memory of a step depends on, now that it is known of each picture. */
function sizesOf({ request, plan }: RunParts, { rowCounts, itemCounts, rowsPerItem }: Features): DataSizes {
  const rowsOfItems = Math.max(...itemCounts) * rowsPerItem;
  return {
    rowsPerPicture: Math.max(...rowCounts),
    tilesPerPicture: Math.ceil(rowsOfItems / request.model.model.vision.rowsPerTile),
    captionTokens: plan.captions.reduce((longest, list) => list.reduce((length, ids) => Math.max(length, ids.length), longest), 0),
  };
}
