/** @file The contract between screen and scoring thread: types only, plain data only. */

import type { CaptionConditions } from '../src/core/dataset/caption-conditions.ts';
import type { CaptionFormat, CaptionRecord } from '../src/core/dataset/caption-record.ts';
import type { ObjectRecord } from '../src/core/dataset/coco.ts';
import type { EvaluationRun } from '../src/core/dataset/run-file.ts';
import type { DocumentFrequencyTable } from '../src/core/metric/document-frequency.ts';
import type { MetricChoice } from '../src/core/metric/score.ts';
import type { SystemsEvaluation } from '../src/engine/evaluate/evaluate-systems.ts';
import type { CaptionExplanation } from '../src/engine/evaluate/explain.ts';

export type { CaptionExplanation, SystemsEvaluation };

/** A file as it was read. */
export type ReadFile = {
  readonly name: string;
  /** Of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
} & (
  | {
      readonly kind: 'captions';
      readonly format: CaptionFormat;
      readonly records: readonly CaptionRecord[];
      readonly failedRows: number;
      /** `guessed` where the file is not UTF-8, `broken` where some letters were lost before. */
      readonly letters: 'whole' | 'guessed' | 'broken';
    }
  | { readonly kind: 'objects'; readonly records: readonly ObjectRecord[] }
  | { readonly kind: 'frequencies'; readonly table: DocumentFrequencyTable } // what CIDEr weighs n-grams by
  | { readonly kind: 'run'; readonly run: EvaluationRun } // an evaluation to repeat
  | { readonly kind: 'conditions'; readonly conditions: CaptionConditions } // the note beside a file of captions
);

/** A named list of captions. */
export interface NamedCaptions {
  readonly id: string;
  readonly name: string;
  readonly records: readonly CaptionRecord[];
}

/** Systems to score on each set of references. */
export interface EvaluateRequest {
  readonly jobId: string;
  readonly systems: readonly NamedCaptions[];
  readonly references: readonly NamedCaptions[];
  readonly objects: readonly ObjectRecord[] | null;
  /** null for those of the references. */
  readonly frequencies: DocumentFrequencyTable | null;
  readonly metrics: readonly MetricChoice[];
  readonly draws: number;
  readonly seed: number;
  readonly baselineId: string | null;
}

/** How far an evaluation is. */
export interface EvaluateProgress {
  /** `data` while files are fetched; `references`, `captions`, a metric's name, or `intervals`. */
  readonly stage: string;
  /** From 0 to 1: of the bytes while files are fetched, then over all systems and sets. */
  readonly share: number;
  /** While files are fetched; total 0 where the host does not tell it. @unit bytes */
  readonly bytes?: { readonly done: number; readonly total: number };
}

/** One set of references with all systems' scores. */
export interface ScoredSet extends SystemsEvaluation {
  readonly referencesId: string;
}

/** What an evaluation came to. */
export interface EvaluateResult {
  readonly sets: readonly ScoredSet[];
  readonly elapsedMs: number;
}

/** Pictures with references, whose document frequencies are asked for. */
export interface FrequencyRequest {
  readonly files: readonly string[];
  readonly references: readonly CaptionRecord[];
}

/** Captions to explain, all against one set of references. */
export interface ExplainRequest {
  /** Names the set with its pictures and the data to explain with, so that it is counted once; another key, another set. Asked with the key of the last request, nothing but the captions is looked at. */
  readonly setKey: string;
  /** The scored pictures, which CIDEr's weights depend on. */
  readonly files: readonly string[];
  readonly references: readonly CaptionRecord[];
  readonly objects: readonly ObjectRecord[] | null;
  readonly frequencies: DocumentFrequencyTable | null;
  readonly captions: readonly { readonly file: string; readonly text: string }[];
  /** Metrics whose data may be used: METEOR's is large, and only fetched where it was asked for. */
  readonly metrics: readonly MetricChoice[];
}

/** What the scoring thread offers. Callbacks are proxied by comlink. */
export interface ScoresApi {
  /** Reads captions in any known format, COCO's object annotations, document frequencies, a run file or a note about captions. Rejects with `file-invalid`, naming the line, with `argument-invalid` where a file is too large for the page, and with `cancelled` after `cancel(jobId)`. Progress is the share of the bytes that are here. */
  readFile(request: { jobId: string; name: string; file: Blob }, onProgress: (share: number) => void): Promise<ReadFile>;
  /** Scores systems; rejects with `cancelled` soon after `cancel(jobId)`, and with `network` where a metric's data cannot be fetched. */
  evaluate(request: EvaluateRequest, onProgress: (progress: EvaluateProgress) => void): Promise<EvaluateResult>;
  explain(request: ExplainRequest): Promise<readonly CaptionExplanation[]>;
  /** Counts document frequencies, to be kept. */
  countFrequencies(request: FrequencyRequest): Promise<DocumentFrequencyTable>;
  cancel(jobId: string): Promise<void>;
}
