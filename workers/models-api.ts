/** @file The contract between screen and the thread that loads models: types only, plain data only. */

import type { LoadChoice, LoadForm, Survey } from '../src/engine/load/survey.ts';
import type { ModelOrigin, ModelRecord } from '../src/storage/model-record.ts';

export type { LoadChoice, LoadForm, ModelOrigin, ModelRecord, Survey };

/** A file of a folder that the user gave. */
export interface GivenFile {
  readonly path: string;
  readonly file: Blob;
}

/** Where a model is to come from. */
export type LoadSource =
  | {
      readonly kind: 'hub';
      readonly host: string;
      /** `owner/name`, with `@revision` or without. */
      readonly id: string;
      /** Sent to that host alone, and written down nowhere by this thread. */
      readonly token: string | null;
    }
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly GivenFile[] };

/** What a source is and takes; its weights were not fetched. */
export interface SurveyReport extends Survey {
  readonly name: string;
  readonly licence: string;
  readonly origin: ModelOrigin;
}

/** A load to begin. */
export interface LoadRequest {
  readonly modelId: string;
  readonly source: LoadSource;
  readonly form: LoadForm;
  readonly name: string;
  /** `memory` holds the model until the tab closes, where there is no room to keep it. */
  readonly keep: 'browser' | 'memory';
}

/** A load or a repair to go on with; a folder has to be given again, since browsers forget it. */
export interface ReturnRequest {
  readonly modelId: string;
  readonly token: string | null;
  readonly files: readonly GivenFile[] | null;
}

/** How far something is. */
export interface ModelProgress {
  readonly modelId: string;
  readonly stage: 'waiting' | 'preparing' | 'fetching' | 'checking' | 'mending' | 'copying';
  /** @unit bytes */
  readonly done: number;
  readonly total: number;
}

/** How a load ended; `elsewhere` when another tab is at it. */
export type LoadEnd = 'whole' | 'paused' | 'cancelled' | 'elsewhere';

/** What tabs tell each other. */
export type ModelNews =
  | { readonly kind: 'progress'; readonly progress: ModelProgress }
  | { readonly kind: 'changed' }
  | { readonly kind: 'wish'; readonly modelId: string; readonly wish: 'pause' | 'cancel' };

/** What the thread that loads models offers. Callbacks are proxied by comlink. */
export interface ModelsApi {
  /** Looks at a source. Rejects with 'permission', 'file-missing', 'file-invalid', 'model-unknown' or 'network', each with what to do. */
  survey(source: LoadSource): Promise<SurveyReport>;
  /** Loads a model; waits for its turn behind other loads of all tabs. */
  load(request: LoadRequest, onProgress: (progress: ModelProgress) => void): Promise<LoadEnd>;
  /** Goes on with a load that was paused or interrupted. */
  resume(request: ReturnRequest, onProgress: (progress: ModelProgress) => void): Promise<LoadEnd>;
  /** Stops after the range that is being fetched, in whichever tab it runs. */
  pause(modelId: string): Promise<void>;
  /** Takes a load that stands still into memory, with what was fetched; its room on the disk becomes free. Rejects while a tab works on it. */
  moveToMemory(modelId: string): Promise<void>;
  /** Stops a load, a check or a repair at once; what was fetched is deleted by `remove`. */
  cancel(modelId: string): Promise<void>;
  /** Compares every file with its hash; gives the paths of those that differ, or null when it was called off. */
  verify(modelId: string, onProgress: (progress: ModelProgress) => void): Promise<readonly string[] | null>;
  /** Fetches the damaged files of a model again. */
  mend(request: ReturnRequest, onProgress: (progress: ModelProgress) => void): Promise<LoadEnd>;
  /** Deletes a model with all that is written down of it. */
  remove(modelId: string): Promise<void>;
  /** The files of a model that is held in memory; null for any other. */
  heldFiles(modelId: string): Promise<readonly GivenFile[] | null>;
  /** The models that are held in memory. */
  heldRecords(): Promise<readonly ModelRecord[]>;
}
