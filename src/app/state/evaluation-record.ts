/** @file What is kept of the Evaluate room when the page closes. */

import type { MetricChoice } from '../../core/metric/score.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import type { ObjectRecord } from '../../core/dataset/coco.ts';
import type { ScoredSet } from '../../../workers/scores-api.ts';

/** A file of captions that was added: a system's, or references. */
export interface CaptionSource {
  readonly id: string;
  /** As it is shown; the user may change it. */
  readonly name: string;
  readonly fileName: string;
  /** Of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly records: readonly CaptionRecord[];
  /** How the captions were made, where that is known: model, prompt, decoding. */
  readonly madeWith: readonly string[];
}

/** A file of object annotations, for CHAIR. */
export interface ObjectSource {
  readonly fileName: string;
  readonly sha256: string;
  readonly records: readonly ObjectRecord[];
}

/** Everything that the numbers depend on. */
export interface EvaluationInputs {
  readonly systems: readonly CaptionSource[];
  readonly references: readonly CaptionSource[];
  readonly objects: ObjectSource | null;
  readonly metrics: readonly MetricChoice[];
  /** The system that the others are compared with. */
  readonly baselineId: string | null;
  readonly draws: number;
  readonly seed: number;
}

/** Numbers with what they were computed from. */
export interface EvaluationOutcome {
  readonly inputs: EvaluationInputs;
  readonly sets: readonly ScoredSet[];
  readonly elapsedMs: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly version: string;
}

/** The drawer's records, by id. */
export type EvaluationRecord =
  | { readonly kind: 'inputs'; readonly inputs: EvaluationInputs }
  | { readonly kind: 'outcome'; readonly outcome: EvaluationOutcome };

/** An empty room's inputs. METEOR is left for a click, since its data is large. */
export const noInputs: EvaluationInputs = {
  systems: [],
  references: [],
  objects: null,
  metrics: ['BLEU', 'ROUGE_L', 'CIDEr', 'SPICE', 'CHAIR', 'style'],
  baselineId: null,
  draws: 1000,
  seed: 1,
};
