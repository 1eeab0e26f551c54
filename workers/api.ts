/** @file The contract between screen and engine thread: types only, plain data only. */

import type { DecodingOptions } from '../src/core/decode/options.ts';
import type { CaptionFlag } from '../src/core/dataset/check/flag.ts';
import type { StudioErrorCode } from '../src/core/error.ts';
import type { Fingerprint } from '../src/core/image/fingerprint.ts';
import type { TokenRange } from '../src/core/image/anyres.ts';
import type { AdapterChoice, AdaptersApi } from './adapters-api.ts';
import type { TrainApi } from './train-api.ts';

/** Where a model computes. Nothing ever switches from one to another by itself. */
export type Backend = 'webgpu' | 'wasm';

/** What this browser can compute on, found without loading a model. */
export interface MachineReport {
  readonly webgpu:
    | { readonly state: 'missing'; readonly reason: string }
    | {
        readonly state: 'software' | 'hardware';
        readonly name: string;
        /** The largest buffer one tensor may take. @unit bytes */
        readonly maxBufferBytes: number;
        readonly hasFloat16: boolean;
      };
  /** Threads that wasm may use; 1 where the page is not cross-origin isolated. */
  readonly wasmThreads: number;
  readonly isIsolated: boolean;
}

/** Where the bytes of a model bundle come from. */
export type ModelSource =
  | { readonly kind: 'embedded' } // public/bundles/llava-mini
  | { readonly kind: 'address'; readonly url: string } // a bundle hosted elsewhere
  | { readonly kind: 'stored'; readonly id: string } // kept in this browser
  | { readonly kind: 'held'; readonly id: string; readonly files: readonly { readonly path: string; readonly file: Blob }[] }; // in memory

/** What is known of an opened model. */
export interface ModelSummary {
  readonly id: string;
  readonly name: string;
  /** Of config, weights and side files, in hexadecimal digits: the same bytes, the same hash. */
  readonly sha256: string;
  readonly family: string;
  readonly backend: Backend;
  /** Precision stored in the bundle, for people: 'q8', 'q4', 'fp16', 'fp32' or a mix. */
  readonly precision: string;
  readonly licence: string;
  /** Bytes of weights held by the backend. @unit bytes */
  readonly weightBytes: number;
  readonly downloadBytes: number;
  /** How many tokens a picture takes. */
  readonly imageTokens: TokenRange;
  readonly contextLength: number;
  readonly defaults: DecodingOptions;
  /** The system prompt that the model's template writes where none is given; '' where it writes none. */
  readonly defaultSystem: string;
  readonly openedInMs: number;
}

/** Progress of anything long. */
export interface LongProgress {
  readonly stage: string;
  /** Done and total in `unit`; total 0 when unknown. */
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'pictures' | 'steps' | 'captions';
}

export type { DecodingOptions, TokenRange };

/** What is asked of the model. `{name}`-like fields are filled by the caller. */
export interface PromptRequest {
  /** null is the model's own, '' is none. */
  readonly system: string | null;
  readonly prompt: string;
}

/** The whole text as the model gets it, cut where the picture stands. */
export interface PromptPreview {
  readonly before: string;
  readonly after: string;
  readonly textTokens: number;
  readonly imageTokens: TokenRange;
}

/** A tokenizer as its files say it. */
export interface TokenizerFiles {
  /** tokenizer.json. */
  readonly json: string;
  /** tokenizer_config.json; '{}' where there is none. */
  readonly config: string;
}

/** One picture to caption: the file itself travels as a handle. */
export interface PictureRequest {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
  readonly prompt: PromptRequest;
}

/** How long the parts of one caption took. @unit ms, all of them */
export interface CaptionTimings {
  readonly decodePictureMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly totalMs: number;
}

/** One finished caption of a picture. */
export interface CaptionText {
  readonly text: string;
  readonly tokenCount: number;
  /** Sum of the tokens' log-probabilities under the model. @unit nats */
  readonly logProbability: number;
  readonly stoppedBy: 'end' | 'length' | 'stop-string' | 'cancelled';
}

/** An error as plain data. */
export interface ErrorReport {
  readonly code: StudioErrorCode;
  readonly message: string;
}

/** What happens in a job, where it takes long its style first; then to each picture, in order: looking, writing (many), then done or failed. */
export type CaptionEvent =
  /** In bytes. */
  | { readonly kind: 'laying out'; readonly done: number; readonly total: number }
  | { readonly kind: 'looking'; readonly id: string }
  | { readonly kind: 'writing'; readonly id: string; readonly text: string } // whole text so far of the first caption
  | {
      readonly kind: 'done';
      readonly id: string;
      readonly captions: readonly CaptionText[];
      readonly timings: CaptionTimings;
      readonly exactPrompt: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'failed'; readonly id: string; readonly error: ErrorReport };

/** How a job of captions ended; pictures that got neither done nor failed are still to do. */
export interface CaptionJobResult {
  readonly end: 'finished' | 'cancelled';
  readonly pictures: number;
  readonly tokens: number;
  readonly elapsedMs: number;
}

/** A picture made small for a card. */
export interface Thumbnail {
  readonly blob: Blob;
  /** Size of the original, EXIF turn applied. @unit pixels */
  readonly width: number;
  readonly height: number;
}

/** What the engine thread offers. One GPU job runs at a time; calls wait for their turn. Callbacks are proxied by comlink. */
export interface StudioApi extends AdaptersApi, TrainApi {
  inspectMachine(): Promise<MachineReport>;
  openModel(request: { source: ModelSource; backend: Backend }, onProgress: (progress: LongProgress) => void): Promise<ModelSummary>;
  closeModel(): Promise<void>;
  /** Captions pictures in batches that the engine chooses, with adapters worn if any are named; stops within one token of `cancel(jobId)`. A lost device rejects with `device-lost`: open the model again and ask for what is left. */
  caption(
    request: { jobId: string; pictures: readonly PictureRequest[]; decoding: DecodingOptions; adapters?: readonly AdapterChoice[] },
    onEvent: (event: CaptionEvent) => void,
  ): Promise<CaptionJobResult>;
  /** Stops a job within one token; with `after: 'batch'` it first finishes the pictures that are being written. */
  cancel(jobId: string, after?: 'token' | 'batch'): Promise<void>;
  previewPrompt(prompt: PromptRequest): Promise<PromptPreview>;
  /** Tells what is wrong with banned and forced words for the open model, which a look at the options alone cannot; null where nothing is. */
  findWordTrouble(decoding: DecodingOptions): Promise<string | null>;
  /** Reads the tokenizer's files of the open model. */
  readTokenizer(): Promise<TokenizerFiles>;
}

/** A caption that is to be looked over. */
export interface CaptionToCheck {
  readonly id: string;
  readonly caption: string;
  readonly tags: readonly string[];
  /** Captions of the same picture that are known to be right. */
  readonly references: readonly string[];
}

/** What may be wrong with a caption. */
export interface CaptionFlags {
  readonly id: string;
  readonly flags: readonly CaptionFlag[];
}

/** What tells a picture from others. */
export interface LookedPicture {
  readonly id: string;
  /** Of its file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly fingerprint: Fingerprint;
}

/** What the pictures' own thread offers: small, started with the first picture, and never held up by the engine's work. */
export interface PictureApi {
  /** Rejects with `picture-invalid` naming the picture. */
  thumbnail(request: { name: string; file: Blob; maxEdge: number }): Promise<Thumbnail>;
  /** Gives back only captions with flags. */
  checkCaptions(captions: readonly CaptionToCheck[]): Promise<readonly CaptionFlags[]>;
  /** Rejects with `picture-invalid` naming the picture. */
  lookAt(request: { id: string; name: string; file: Blob }): Promise<LookedPicture>;
  /** Ids of pictures that are the same byte for byte, and of those that look alike. */
  groupDuplicates(
    pictures: readonly LookedPicture[],
  ): Promise<{ readonly exact: readonly (readonly string[])[]; readonly near: readonly (readonly string[])[] }>;
}
