/** @file What the Evaluate room works with, and what it tells of a run on its way. */

import type { RecordStore } from '../../../storage/records.ts';
import type { Scores } from '../../scores.ts';
import type { EvaluationCaptions } from './evaluation-captions.svelte.ts';
import type { EvaluationPictures } from './evaluation-pictures.svelte.ts';
import type { EvaluationOutcome, EvaluationRecord } from './evaluation-record.ts';
import type { Model } from '../models/model.svelte.ts';
import type { Notices } from '../notices.svelte.ts';

/** A run on its way. */
export interface RunProgress {
  /** A stage of the scoring, or `captions-written` while systems are captioned. */
  readonly stage: string;
  readonly share: number;
  /** undefined until it can be told. @unit ms */
  readonly leftMs: number | undefined;
  /** While data is fetched; total 0 where it is not known. */
  readonly bytes?: { readonly done: number; readonly total: number } | undefined;
}

/** What the room works with. */
export interface EvaluationParts {
  /** Starts the scoring thread; called when it is first needed. */
  readonly openScores: () => Scores;
  readonly records: RecordStore<EvaluationRecord>;
  readonly notices: Notices;
  readonly model: Model;
  readonly pictures: EvaluationPictures;
  readonly captions: EvaluationCaptions;
  /** Hears of numbers that were just computed. */
  readonly onScored?: (outcome: EvaluationOutcome) => void;
}
