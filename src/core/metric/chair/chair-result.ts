/** @file CHAIR in the form in which all metrics are handed over. */

import type { PreparedCaption } from '../caption-set.ts';
import { meanResult, ratioResult, type MetricResult } from '../picture-sums.ts';
import { mapInSteps, type Steps } from '../steps.ts';
import { findHallucinations, objectsOfPicture, type ChairData } from './chair.ts';

/** What CHAIR needs. */
export interface ChairSetting {
  readonly data: ChairData;
  /** Objects that annotations name, by picture; without them the references alone tell what is in a picture. */
  readonly annotated?: ReadonlyMap<string, readonly string[]>;
}

/** The captions of a set with their pictures. */
export interface ChairCaptions {
  readonly files: readonly string[];
  readonly hypotheses: readonly PreparedCaption[];
  readonly references: readonly (readonly PreparedCaption[])[];
}

/**
 * Scores captions with CHAIRs, the share of captions that invent an object, and CHAIRi, the share of mentioned objects that are invented.
 * Lower is better for both.
 */
export function* scoreChair({ files, hypotheses, references }: ChairCaptions, setting: ChairSetting): Steps<readonly MetricResult[]> {
  const found = yield* mapInSteps(hypotheses, ({ text }, i) => {
    const annotated = setting.annotated?.get(files[i] ?? '') ?? [];
    const present = objectsOfPicture(
      (references[i] ?? []).map((reference) => reference.text),
      annotated,
      setting.data,
    );
    return findHallucinations(text, present, setting.data);
  });
  const invented = found.map(({ hallucinated }) => hallucinated.length);
  return [
    meanResult(
      'CHAIRs',
      invented.map((count) => (count > 0 ? 1 : 0)),
    ),
    ratioResult(
      'CHAIRi',
      invented,
      found.map(({ mentions }) => mentions.length),
    ),
  ];
}
