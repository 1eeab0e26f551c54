/** @file The door to the thread that loads models, started when a model is first looked for. */

import { proxy, wrap } from 'comlink';
import type { ModelsApi } from '../../workers/models-api.ts';
import { installErrorWire } from '../../workers/wire.ts';
import { StudioError } from '../core/error.ts';

/** What the screen can ask of that thread; the same as the thread offers. */
export type ModelsThread = ModelsApi;

/** Gives the thread, starting it at its first use. */
export function openModelsThread(): ModelsThread {
  let started: { readonly api: ModelsApi; readonly failure: Promise<never> } | undefined;
  const ask = <R>(call: (api: ModelsApi) => Promise<R>): Promise<R> => {
    started ??= startThread();
    // A thread that died would leave its callers waiting for ever.
    return Promise.race([call(started.api), started.failure]);
  };
  return {
    survey: (source) => ask((api) => api.survey(source)),
    load: (request, onProgress) => ask((api) => api.load(request, proxy(onProgress))),
    resume: (request, onProgress) => ask((api) => api.resume(request, proxy(onProgress))),
    moveToMemory: (id) => ask((api) => api.moveToMemory(id)),
    pause: (id) => ask((api) => api.pause(id)),
    cancel: (id) => ask((api) => api.cancel(id)),
    verify: (id, onProgress) => ask((api) => api.verify(id, proxy(onProgress))),
    mend: (request, onProgress) => ask((api) => api.mend(request, proxy(onProgress))),
    remove: (id) => ask((api) => api.remove(id)),
    heldFiles: (id) => ask((api) => api.heldFiles(id)),
    heldRecords: () => (started === undefined ? Promise.resolve([]) : ask((api) => api.heldRecords())),
  };
}

function startThread(): { readonly api: ModelsApi; readonly failure: Promise<never> } {
  installErrorWire();
  const worker = new Worker(new URL('../../workers/models.worker.ts', import.meta.url), { type: 'module', name: 'models' });
  const failure = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      const reason = event.message === '' ? 'its code could not be loaded' : event.message;
      reject(new StudioError('internal', `models: the thread that loads models failed (${reason}); reload the page`));
    });
  });
  failure.catch(() => undefined); // whoever asks hears of it
  return { api: wrap<ModelsApi>(worker), failure };
}
