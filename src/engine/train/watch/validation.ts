/** @file Looks at what was learned: the loss of captions that are not learned, and captions written and scored. */

import type { LearnedAdapter } from '../../../core/adapter/learned.ts';
import { makeRack } from '../../adapter/rack.ts';
import { batchesOfEpoch } from '../data/data-order.ts';
import type { ValidationEvent } from '../events.ts';
import type { Features } from '../data/features.ts';
import { countLabels, makeBatch, type BatchMaker, type TrainData } from '../data/make-batch.ts';
import type { TrainRequest } from '../request.ts';
import type { RunPlan } from '../run-plan.ts';
import { openScorer } from './score-captions.ts';
import type { Stepper } from '../step/stepper.ts';
import { writeValidationCaptions } from './validation-captions.ts';

/** Looks at what was learned. */
export interface Validator {
  /** Gives null when it was broken off. */
  look(step: number, isCancelled: () => boolean): Promise<Omit<ValidationEvent, 'isBest'> | null>;
}

/** What a look needs. */
export interface ValidatorParts {
  readonly request: TrainRequest;
  readonly plan: RunPlan;
  readonly maker: BatchMaker;
  /** Of the pictures that are learned and then those that are not. */
  readonly features: Features;
  readonly stepper: Stepper;
  /** Gives what was learned until now. */
  readonly learnedNow: () => Promise<LearnedAdapter>;
}

/** Pictures whose loss is measured, at most: enough to tell looks apart, few enough to take seconds. */
const lossPictures = 256;

/** Prepares looks; the pictures are the same in each. */
export function openValidator({ request, plan, maker, features, stepper, learnedNow }: ValidatorParts): Validator {
  const own = later(features, request.pictures.length);
  const data: TrainData = { features: own, captions: plan.validationCaptions };
  const batches = batchesOfEpoch(
    data.captions.slice(0, lossPictures).map((list) => list.map((ids) => ids.length)),
    0,
    { ...request.options, seed: 0 },
  );
  const lossNow = async (isCancelled: () => boolean): Promise<number | null> => {
    let [sum, tokens] = [0, 0];
    for (const turns of batches) {
      if (isCancelled()) return null;
      const count = countLabels(data, turns);
      const batch = await makeBatch(data, turns, maker, count);
      sum += (await stepper.lossOf(batch)) * count;
      tokens += count;
      batch.pictures.dispose();
    }
    return sum / tokens;
  };
  const { model, options } = request;
  const scored = request.validation.slice(0, options.validation.scoredPictures);
  const score = scored.length === 0 ? null : openScorer(scored);
  const rack = makeRack(model);
  const captionsNow = async (step: number, isCancelled: () => boolean): Promise<readonly string[] | null> => {
    const adapter = await learnedNow();
    try {
      return await writeValidationCaptions({
        model: await rack.wear([{ adapter, scale: 1 }]),
        pictures: scored,
        features: plan.method.kind === 'full' ? null : own,
        prompt: options.prompt,
        maxNewTokens: options.validation.maxNewTokens,
        onProgress: (done) => {
          request.onEvent({ kind: 'validating', step, done, total: scored.length });
        },
        isCancelled,
      });
    } finally {
      await rack.forget(adapter);
    }
  };
  return {
    look: async (step, isCancelled) => {
      const loss = await lossNow(isCancelled);
      if (loss === null) return null;
      if (!score) return { kind: 'validation', step, loss, cider: null, meanWords: null, captions: [] };
      const texts = await captionsNow(step, isCancelled);
      if (!texts) return null;
      return { kind: 'validation', step, loss, ...score(texts), captions: scored.map(({ id }, i) => ({ id, caption: texts[i] ?? '' })) };
    },
  };
}

/**
 * Tells whether a look is better than another one: by CIDEr where both have it, by loss elsewhere and where it is the same, as it always is with
 * a single picture.
 */
export function isBetter(look: Pick<ValidationEvent, 'loss' | 'cider'>, than: Pick<ValidationEvent, 'loss' | 'cider'>): boolean {
  if (look.cider === null || than.cider === null || look.cider === than.cider) return look.loss < than.loss;
  return look.cider > than.cider;
}

function later(features: Features, by: number): Features {
  return {
    ...features,
    itemCounts: features.itemCounts.slice(by),
    rowCounts: features.rowCounts.slice(by),
    mixes: features.mixes?.slice(by) ?? null,
    valuesOf: (picture) => features.valuesOf(picture + by),
  };
}
