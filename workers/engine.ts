/** @file What the engine thread does for the screen: it holds one open model and runs jobs on it. */

import { StudioError } from '../src/core/error.ts';
import { openBundle } from '../src/engine/bundle/bundle.ts';
import { fingerprintModel } from '../src/engine/bundle/fingerprint.ts';
import { encodeWords } from '../src/engine/caption/encode-words.ts';
import { findDamage } from '../src/engine/bundle/verify.ts';
import { countImageTokens } from '../src/engine/image-tokens.ts';
import { openModel, type OpenModel } from '../src/engine/model.ts';
import { readTokenizerFiles } from '../src/engine/text/open-template.ts';
import { encodePrompt } from '../src/engine/text/prompt-ids.ts';
import { renderPrompt } from '../src/engine/text/prompt.ts';
import type {
  Backend,
  CaptionJobResult,
  DecodingOptions,
  LongProgress,
  ModelSource,
  ModelSummary,
  PromptPreview,
  PromptRequest,
  StudioApi,
} from './api.ts';
import { makeAdapterShelf } from './adapter-shelf.ts';
import { makeAdapters } from './adapters.ts';
import { notBegun, runCaptionJob, wearForJob } from './caption-job.ts';
import { inspectMachine } from './device.ts';
import { makeJobs } from './jobs.ts';
import { tellInOrder } from './last-taken.ts';
import { openModelFiles } from './model-files.ts';
import { openWebRuntime } from './ort-web.ts';
import { makeTraining } from './training.ts';

/** Makes the engine. @param pageFolder the address of the folder that the page lies in */
export function makeEngine(pageFolder: string): StudioApi {
  const jobs = makeJobs();
  const shelf = makeAdapterShelf();
  let open: OpenModel | null = null;
  let styleJobs = 0;
  let trainJobs = 0;
  /** Lets go of files that were read again for an adapter's session. */
  let forget = (): void => undefined;
  const need = (): OpenModel => {
    if (!open) throw new StudioError('internal', 'internal: no model is open');
    return open;
  };
  const training = makeTraining({
    openModel: need,
    hasModel: () => open !== null,
    learned: (id) => shelf.learned(id, need()),
    run: (work) => jobs.run(`training ${String(++trainJobs)}`, work),
    isBusy: () => jobs.isBusy(),
    isAwaited: () => jobs.isAwaited(),
  });
  const close = async (): Promise<void> => {
    const closing = open;
    open = null;
    await training.release();
    await shelf.takeDown();
    await closing?.close().catch(() => undefined); // a lost device cannot be closed any more
  };
  const { release: _, ...trainApi } = training;
  return {
    inspectMachine,
    openModel: (request, onProgress) =>
      jobs.run('open', async () => {
        await close();
        const startMs = performance.now();
        const opened = await openFrom(pageFolder, request, onProgress);
        open = opened.model;
        forget = opened.forget;
        return summarize(opened.model, { ...request, downloadBytes: opened.downloadBytes, openedInMs: performance.now() - startMs });
      }),
    closeModel: () => jobs.run('close', close),
    caption: ({ jobId, pictures, decoding, adapters = [] }, onEvent) =>
      jobs.run<CaptionJobResult>(
        jobId,
        async (job) => {
          const model = await wearForJob((watch) => shelf.wear(need(), adapters, watch), job, onEvent);
          return model === null ? notBegun : runCaptionJob(model, { pictures, decoding }, job, onEvent);
        },
        () => notBegun,
      ),
    cancel: (jobId, after = 'token') => {
      jobs.cancel(jobId, after);
      return Promise.resolve();
    },
    // Text needs no GPU: it does not wait for its turn.
    previewPrompt: (prompt) => Promise.resolve().then(() => preview(need(), prompt)),
    readTokenizer: () => readTokenizerFiles(need().bundle.files).finally(forget),
    findWordTrouble: (decoding) => Promise.resolve().then(() => findWordTrouble(need(), decoding)),
    ...makeAdapters({
      shelf,
      openModel: () => open,
      run: (work) => jobs.run(`styles ${String(++styleJobs)}`, () => work().finally(forget)),
    }),
    ...trainApi,
  };
}

/** What this browser keeps is checked each time where that takes no time; larger models are checked in the Models room. @unit bytes */
const quickBundleBytes = 100e6;

interface OpenRequest {
  readonly source: ModelSource;
  readonly backend: Backend;
}

interface OpenedModel {
  readonly model: OpenModel;
  readonly downloadBytes: number;
  readonly forget: () => void;
}

/** @param onProgress takes a report; what it gives back is awaited at the end, as in `runCaptionJob` */
async function openFrom(
  pageFolder: string,
  { source, backend }: OpenRequest,
  onProgress: (progress: LongProgress) => unknown,
): Promise<OpenedModel> {
  const { tell, taken } = tellInOrder(onProgress);
  const runtime = openWebRuntime(backend); // its own code loads while the weights do
  try {
    const files = await openModelFiles(source, pageFolder, (done, total) => {
      tell({ stage: 'loading', done, total, unit: 'bytes' });
    });
    const bundle = await openBundle(files);
    if (source.kind === 'stored' && files.totalBytes <= quickBundleBytes) {
      const [damage] = await findDamage(bundle);
      if (damage) throw damage;
    }
    const model = await openModel(await runtime, bundle);
    files.forget(); // the runtime holds the weights now
    await taken();
    return { model, downloadBytes: files.totalBytes, forget: () => files.forget() };
  } catch (error) {
    await runtime.then(
      (opened) => opened.close(),
      () => undefined,
    );
    throw error;
  }
}

async function summarize(
  model: OpenModel,
  facts: OpenRequest & { readonly downloadBytes: number; readonly openedInMs: number },
): Promise<ModelSummary> {
  const { manifest } = model.bundle;
  return {
    id: idOf(facts.source, manifest.name),
    name: manifest.name,
    sha256: await fingerprintModel(manifest),
    family: manifest.family,
    backend: facts.backend,
    precision: manifest.precision,
    licence: manifest.licence,
    weightBytes: model.runtime.weightBytes(),
    downloadBytes: facts.downloadBytes,
    imageTokens: countImageTokens(model.model.vision, model.processor),
    contextLength: model.model.decoder.contextLength,
    defaults: model.defaults,
    defaultSystem: model.template.defaultSystem,
    openedInMs: facts.openedInMs,
  };
}

function idOf(source: ModelSource, name: string): string {
  switch (source.kind) {
    case 'embedded':
      return name;
    case 'address':
      return source.url;
    case 'stored':
    case 'held':
      return source.id;
    default:
      return source satisfies never;
  }
}

function findWordTrouble(model: OpenModel, decoding: DecodingOptions): string | null {
  try {
    encodeWords(model, decoding);
    return null;
  } catch (error) {
    if (error instanceof StudioError && error.code === 'argument-invalid') return error.message;
    throw error;
  }
}

function preview(model: OpenModel, { system, prompt }: PromptRequest): PromptPreview {
  const rendered = renderPrompt(model.template, { system, prompt });
  const ids = encodePrompt(model.tokenizer, rendered);
  return {
    before: rendered.before,
    after: rendered.after,
    textTokens: ids.before.length + ids.after.length,
    imageTokens: countImageTokens(model.model.vision, model.processor),
  };
}
