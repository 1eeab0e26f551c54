/** @file The one door to the other threads: starts each when it is first needed and turns an AbortSignal into `cancel(jobId)`. */

import { proxy, wrap } from 'comlink';
import type {
  CaptionEvent,
  CaptionJobResult,
  DecodingOptions,
  LongProgress,
  MachineReport,
  ModelSource,
  ModelSummary,
  Backend,
  PictureApi,
  PictureRequest,
  PromptPreview,
  PromptRequest,
  StudioApi,
  Thumbnail,
} from '../../workers/api.ts';
import { installErrorWire } from '../../workers/wire.ts';

/** Pictures to caption, how, and the two ways to end early. */
export interface CaptionJob {
  readonly pictures: readonly PictureRequest[];
  readonly decoding: DecodingOptions;
  /** Stops within one token. */
  readonly stop: AbortSignal;
  /** Stops when the pictures that are being written are done. */
  readonly pause: AbortSignal;
}

/** What the screen can ask of the other threads. */
export interface Studio {
  inspectMachine(): Promise<MachineReport>;
  openModel(request: { source: ModelSource; backend: Backend }, onProgress: (progress: LongProgress) => void): Promise<ModelSummary>;
  closeModel(): Promise<void>;
  caption(job: CaptionJob, onEvent: (event: CaptionEvent) => void): Promise<CaptionJobResult>;
  previewPrompt(prompt: PromptRequest): Promise<PromptPreview>;
  thumbnail(request: { name: string; file: Blob; maxEdge: number }): Promise<Thumbnail>;
}

/** The far ends of the threads; each is asked for at its first use. */
export interface StudioThreads {
  readonly engine: () => StudioApi;
  readonly pictures: () => PictureApi;
}

/** Starts module workers, lazily: pictures show before the engine is loaded. */
export function startThreads(): StudioThreads {
  installErrorWire();
  return {
    engine: once(() => {
      const worker = new Worker(new URL('../../workers/studio.worker.ts', import.meta.url), { type: 'module', name: 'studio' });
      return wrap<StudioApi>(worker);
    }),
    pictures: once(() => {
      const worker = new Worker(new URL('../../workers/pictures.worker.ts', import.meta.url), { type: 'module', name: 'pictures' });
      return wrap<PictureApi>(worker);
    }),
  };
}

/** Opens the door to the given threads. */
export function openStudio(threads: StudioThreads): Studio {
  return {
    inspectMachine: () => threads.engine().inspectMachine(),
    openModel: (request, onProgress) => threads.engine().openModel(request, proxy(onProgress)),
    closeModel: () => threads.engine().closeModel(),
    previewPrompt: (prompt) => threads.engine().previewPrompt(prompt),
    thumbnail: (request) => threads.pictures().thumbnail(request),
    caption: (job, onEvent) => runCaptionJob(threads.engine(), job, onEvent),
  };
}

async function runCaptionJob(engine: StudioApi, job: CaptionJob, onEvent: (event: CaptionEvent) => void): Promise<CaptionJobResult> {
  const { pictures, decoding, stop, pause } = job;
  if (stop.aborted || pause.aborted) return { end: 'cancelled', pictures: 0, tokens: 0, elapsedMs: 0 };
  const jobId = crypto.randomUUID();
  const stopNow = (): void => void engine.cancel(jobId, 'token');
  const stopSoon = (): void => void engine.cancel(jobId, 'batch');
  stop.addEventListener('abort', stopNow);
  pause.addEventListener('abort', stopSoon);
  try {
    return await engine.caption({ jobId, pictures, decoding }, proxy(onEvent));
  } finally {
    stop.removeEventListener('abort', stopNow);
    pause.removeEventListener('abort', stopSoon);
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
