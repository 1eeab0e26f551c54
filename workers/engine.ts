/** @file What the engine thread does for the screen: it holds one open model and runs jobs on it. */

import { StudioError } from '../src/core/error.ts';
import { openBundle } from '../src/engine/bundle/bundle.ts';
import { openModel, type OpenModel } from '../src/engine/model.ts';
import { encodePrompt } from '../src/engine/text/prompt-ids.ts';
import { renderPrompt } from '../src/engine/text/prompt.ts';
import type { Backend, LongProgress, ModelSource, ModelSummary, PromptPreview, PromptRequest, StudioApi } from './api.ts';
import { runCaptionJob } from './caption-job.ts';
import { inspectMachine } from './device.ts';
import { makeJobs } from './jobs.ts';
import { bundleAddress, fetchedFiles } from './model-files.ts';
import { openWebRuntime } from './ort-web.ts';

/** Makes the engine. @param pageFolder the address of the folder that the page lies in */
export function makeEngine(pageFolder: string): StudioApi {
  const jobs = makeJobs();
  let open: OpenModel | null = null;
  const need = (): OpenModel => {
    if (!open) throw new StudioError('internal', 'internal: no model is open');
    return open;
  };
  const close = async (): Promise<void> => {
    const closing = open;
    open = null;
    await closing?.close().catch(() => undefined); // a lost device cannot be closed any more
  };
  return {
    inspectMachine,
    openModel: (request, onProgress) =>
      jobs.run('open', async () => {
        await close();
        const startMs = performance.now();
        const opened = await openFrom(pageFolder, request, onProgress);
        open = opened.model;
        return summarize(opened.model, { ...request, downloadBytes: opened.downloadBytes, openedInMs: performance.now() - startMs });
      }),
    closeModel: () => jobs.run('close', close),
    caption: ({ jobId, pictures, decoding }, onEvent) =>
      jobs.run(jobId, (job) => runCaptionJob(need(), { pictures, decoding }, job, onEvent)),
    cancel: (jobId, after = 'token') => {
      jobs.cancel(jobId, after);
      return Promise.resolve();
    },
    // Text needs no GPU: it does not wait for its turn.
    previewPrompt: (prompt) => Promise.resolve().then(() => preview(need(), prompt)),
  };
}

interface OpenRequest {
  readonly source: ModelSource;
  readonly backend: Backend;
}

async function openFrom(
  pageFolder: string,
  { source, backend }: OpenRequest,
  onProgress: (progress: LongProgress) => void,
): Promise<{ readonly model: OpenModel; readonly downloadBytes: number }> {
  let total = 0;
  let done = 0;
  const files = fetchedFiles(bundleAddress(source, pageFolder), (doneBytes) => {
    done = doneBytes;
    onProgress({ stage: 'loading', done, total: Math.max(total, 0), unit: 'bytes' });
  });
  // The runtime's own code loads while the weights do.
  const runtime = openWebRuntime(backend);
  runtime.catch(() => undefined); // told below, once the bundle is there
  const manifest = await files.open('manifest.json');
  total = manifest ? await bundleBytes(manifest.slice(0, manifest.byteLength)) : 0;
  const bundle = await openBundle(files);
  const opened = await runtime;
  try {
    return { model: await openModel(opened, bundle), downloadBytes: done };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Adds up what a manifest promises; what is wrong with it is told when the bundle is opened. */
async function bundleBytes(manifest: Promise<Uint8Array>): Promise<number> {
  try {
    const { shards = [], files = [] } = JSON.parse(new TextDecoder().decode(await manifest)) as {
      shards?: { sizeBytes: number }[];
      files?: { sizeBytes: number }[];
    };
    return [...shards, ...files].reduce((sum, file) => sum + file.sizeBytes, 0);
  } catch {
    return 0;
  }
}

function summarize(model: OpenModel, facts: OpenRequest & { readonly downloadBytes: number; readonly openedInMs: number }): ModelSummary {
  const { manifest } = model.bundle;
  return {
    id: facts.source.kind === 'address' ? facts.source.url : manifest.name,
    name: manifest.name,
    family: manifest.family,
    backend: facts.backend,
    precision: manifest.precision,
    licence: manifest.licence,
    weightBytes: model.runtime.weightBytes(),
    downloadBytes: facts.downloadBytes,
    imageTokens: model.model.vision.rowsPerTile,
    contextLength: model.model.decoder.contextLength,
    defaults: model.defaults,
    defaultSystem: '',
    openedInMs: facts.openedInMs,
  };
}

function preview(model: OpenModel, { system, prompt }: PromptRequest): PromptPreview {
  const rendered = renderPrompt(model.template, { system: system ?? '', prompt });
  const ids = encodePrompt(model.tokenizer, rendered);
  return {
    before: rendered.before,
    after: rendered.after,
    textTokens: ids.before.length + ids.after.length,
    imageTokens: model.model.vision.rowsPerTile,
  };
}
