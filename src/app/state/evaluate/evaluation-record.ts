/** @file What is kept of the Evaluate room when the page closes. */

import type { DocumentFrequencyTable } from '../../../core/metric/document-frequency.ts';
import type { MetricChoice } from '../../../core/metric/score.ts';
import type { CaptionRecord } from '../../../core/dataset/caption-record.ts';
import type { CaptionConditions, CaptionStyle, NamedHash } from '../../../core/dataset/caption-conditions.ts';
import type { ObjectRecord } from '../../../core/dataset/coco.ts';
import type { EvaluationRun } from '../../../core/dataset/run-file.ts';
import type { Recipe } from '../queue/recipe.ts';
import type { ScoredSet } from '../../../../workers/scores-api.ts';

/** A model, a style and a prompt whose captions this room has written. */
export interface SystemPlan {
  readonly model: NamedHash;
  /** null for the model as it is. */
  readonly style: CaptionStyle | null;
  readonly recipe: Recipe;
}

/** Captions to score, or references: a file that was added, or a plan with what was written by it so far. */
export interface CaptionSource {
  readonly id: string;
  /** As it is shown; the user may change it. */
  readonly name: string;
  readonly fileName: string;
  /** Of the file's bytes, in hexadecimal digits; of a plan, of its captions as JSON lines. */
  readonly sha256: string;
  readonly records: readonly CaptionRecord[];
  /** How the captions were made, where that is known: model, prompt, decoding. */
  readonly madeWith: readonly string[];
  /** Absent for files. */
  readonly plan?: SystemPlan;
  /** The same as `madeWith` as data, where it is known that exactly. */
  readonly conditions?: CaptionConditions;
}

/** A file that a run file names and that is not here yet. */
export interface MissingFile {
  readonly role: 'system' | 'references' | 'objects' | 'frequencies';
  readonly fileName: string;
  readonly sha256: string;
  /** The name it had in the run. */
  readonly name: string;
}

/** A run that is to be repeated. */
export interface Repetition {
  readonly run: EvaluationRun;
  readonly fileName: string;
  readonly missing: readonly MissingFile[];
  /** What is here but not as it was then, in sentences. */
  readonly differences: readonly string[];
}

/** A file of object annotations, for CHAIR. */
export interface ObjectSource {
  readonly fileName: string;
  readonly sha256: string;
  readonly records: readonly ObjectRecord[];
}

/** A file of document frequencies, for CIDEr. */
export interface FrequencySource {
  readonly fileName: string;
  readonly sha256: string;
  readonly table: DocumentFrequencyTable;
}

/** Everything that the numbers depend on. */
export interface EvaluationInputs {
  readonly systems: readonly CaptionSource[];
  readonly references: readonly CaptionSource[];
  readonly objects: ObjectSource | null;
  /** null where CIDEr weighs n-grams by the references. */
  readonly frequencies: FrequencySource | null;
  readonly metrics: readonly MetricChoice[];
  /** The system that the others are compared with. */
  readonly baselineId: string | null;
  readonly draws: number;
  readonly seed: number;
  /** The run file that was dropped, until it is laid aside. */
  readonly repetition: Repetition | null;
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
  | {
      readonly kind: 'inputs';
      /** Captions lie in records of their own; those of earlier versions are in here. */
      readonly inputs: EvaluationInputs;
      /** Another one after each change; absent in records of earlier versions. */
      readonly stamp?: string;
    }
  | { readonly kind: 'outcome'; readonly outcome: EvaluationOutcome } // without captions, too
  | {
      readonly kind: 'captions';
      readonly key: string;
      readonly records: readonly CaptionRecord[];
      /** @unit ms since 1970 */
      readonly savedAtMs: number;
    };

/** An empty room's inputs. METEOR is left for a click, since its data is large. */
export const noInputs: EvaluationInputs = {
  systems: [],
  references: [],
  objects: null,
  frequencies: null,
  metrics: ['BLEU', 'ROUGE_L', 'CIDEr', 'SPICE', 'CHAIR', 'style'],
  baselineId: null,
  draws: 1000,
  seed: 1,
  repetition: null,
};
