/** @file The one door to the other threads: starts each when it is first needed and turns an AbortSignal into `cancel(jobId)`. */

import { proxy, wrap } from 'comlink';
import type { AdapterChoice } from '../../workers/adapters-api.ts';
import type { TrainApi } from '../../workers/train-api.ts';
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
  TokenizerFiles,
  Thumbnail,
} from '../../workers/api.ts';
import { StudioError } from '../core/error.ts';
import { installErrorWire } from '../../workers/wire.ts';
import { openStyles, type StylesDoor } from './styles.ts';

/** Pictures to caption, how, and the two ways to end early. */
export interface CaptionJob {
  readonly pictures: readonly PictureRequest[];
  readonly decoding: DecodingOptions;
  /** Styles that are worn; none is the model as it is. */
  readonly adapters?: readonly AdapterChoice[];
  /** Stops within one token. */
  readonly stop: AbortSignal;
  /** Stops when the pictures that are being written are done. */
  readonly pause: AbortSignal;
}

/** What the screen can ask of the other threads. */
export interface Studio extends StylesDoor, TrainApi {
  inspectMachine(): Promise<MachineReport>;
  openModel(request: { source: ModelSource; backend: Backend }, onProgress: (progress: LongProgress) => void): Promise<ModelSummary>;
  closeModel(): Promise<void>;
  caption(job: CaptionJob, onEvent: (event: CaptionEvent) => void): Promise<CaptionJobResult>;
  previewPrompt(prompt: PromptRequest): Promise<PromptPreview>;
  findWordTrouble(decoding: DecodingOptions): Promise<string | null>;
  readTokenizer(): Promise<TokenizerFiles>;
  thumbnail(request: { name: string; file: Blob; maxEdge: number }): Promise<Thumbnail>;
  readonly lookOver: Pick<PictureApi, 'checkCaptions' | 'lookAt' | 'groupDuplicates'>;
}

/** The far end of a thread. */
export interface Thread<T> {
  readonly api: T;
  /** Rejects when the thread's code cannot be loaded or breaks down; never resolves. */
  readonly failure: Promise<never>;
}

/** The other threads; each is started at its first use. */
export interface StudioThreads {
  readonly engine: () => Thread<StudioApi>;
  readonly pictures: () => Thread<PictureApi>;
}

/** Starts module workers, lazily: pictures show before the engine is loaded. */
export function startThreads(): StudioThreads {
  installErrorWire();
  return {
    engine: once(() => {
      const worker = new Worker(new URL('../../workers/studio.worker.ts', import.meta.url), { type: 'module', name: 'studio' });
      return { api: wrap<StudioApi>(worker), failure: watch(worker) };
    }),
    pictures: once(() => {
      const worker = new Worker(new URL('../../workers/pictures.worker.ts', import.meta.url), { type: 'module', name: 'pictures' });
      return { api: wrap<PictureApi>(worker), failure: watch(worker) };
    }),
  };
}

/** Opens the door to the given threads. */
export function openStudio(threads: StudioThreads): Studio {
  const engine = <R>(call: (api: StudioApi) => Promise<R>): Promise<R> => ask(threads.engine(), call);
  return {
    inspectMachine: () => engine((api) => api.inspectMachine()),
    openModel: (request, onProgress) => engine((api) => api.openModel(request, proxy(onProgress))),
    closeModel: () => engine((api) => api.closeModel()),
    previewPrompt: (prompt) => engine((api) => api.previewPrompt(prompt)),
    findWordTrouble: (decoding) => engine((api) => api.findWordTrouble(decoding)),
    readTokenizer: () => engine((api) => api.readTokenizer()),
    caption: (job, onEvent) => engine((api) => runCaptionJob(api, job, onEvent)),
    thumbnail: (request) => ask(threads.pictures(), (api) => api.thumbnail(request)),
    lookOver: {
      checkCaptions: (captions) => ask(threads.pictures(), (api) => api.checkCaptions(captions)),
      lookAt: (request) => ask(threads.pictures(), (api) => api.lookAt(request)),
      groupDuplicates: (pictures) => ask(threads.pictures(), (api) => api.groupDuplicates(pictures)),
    },
    ...openStyles(engine),
    ...openTraining(engine),
  };
}

type AskEngine = <R>(call: (api: StudioApi) => Promise<R>) => Promise<R>;

function openTraining(engine: AskEngine): TrainApi {
  return {
    methodToGoOn: (styleId) => engine((api) => api.methodToGoOn(styleId)),
    checkTraining: (request) => engine((api) => api.checkTraining(request)),
    timeTraining: (request) => engine((api) => api.timeTraining(request)),
    train: (request, onEvent) => engine((api) => api.train(request, proxy(onEvent))),
    letOthersFirst: (runId, isWanted) => engine((api) => api.letOthersFirst(runId, isWanted)),
    wishTraining: (runId, wish) => engine((api) => api.wishTraining(runId, wish)),
    keepTraining: (request) => engine((api) => api.keepTraining(request)),
    forgetTraining: (runId) => engine((api) => api.forgetTraining(runId)),
    listTraining: () => engine((api) => api.listTraining()),
  };
}

/** A thread that died would leave its callers waiting for ever; the race lets them know. */
function ask<T, R>(thread: Thread<T>, call: (api: T) => Promise<R>): Promise<R> {
  return Promise.race([call(thread.api), thread.failure]);
}

function watch(worker: Worker): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      const reason = event.message === '' ? 'its code could not be loaded' : event.message;
      reject(new StudioError('internal', `studio: a background thread failed (${reason}); reload the page`));
    });
  });
  failure.catch(() => undefined); // whoever asks hears of it
  return failure;
}

async function runCaptionJob(engine: StudioApi, job: CaptionJob, onEvent: (event: CaptionEvent) => void): Promise<CaptionJobResult> {
  const { pictures, decoding, adapters = [], stop, pause } = job;
  if (stop.aborted || pause.aborted) return { end: 'cancelled', pictures: 0, tokens: 0, elapsedMs: 0 };
  const jobId = crypto.randomUUID();
  const stopNow = (): void => void engine.cancel(jobId, 'token');
  const stopSoon = (): void => void engine.cancel(jobId, 'batch');
  stop.addEventListener('abort', stopNow);
  pause.addEventListener('abort', stopSoon);
  try {
    return await engine.caption({ jobId, pictures, decoding, adapters }, proxy(onEvent));
  } finally {
    stop.removeEventListener('abort', stopNow);
    pause.removeEventListener('abort', stopSoon);
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
