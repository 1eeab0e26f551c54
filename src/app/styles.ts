/** @file The door to what the engine's thread does with styles: work that may take long is watched, and ended by a signal. */

import { proxy } from 'comlink';
import type { AdapterExport, AdaptersApi, AdapterSource, AdapterSummary, OnAdapterProgress } from '../../workers/adapters-api.ts';

/** How work is followed and ended. */
export interface StyleWatch {
  readonly stop: AbortSignal;
  readonly onProgress: OnAdapterProgress;
}

/** What the screen can ask of styles; what is watched rejects with 'cancelled' soon after its signal. */
export interface StylesDoor extends Omit<AdaptersApi, 'loadAdapter' | 'exportAdapter' | 'stopAdapterCall'> {
  loadAdapter(source: AdapterSource, watch?: StyleWatch): Promise<AdapterSummary>;
  exportAdapter(request: AdapterExport, watch?: StyleWatch): Promise<Blob>;
}

/** Asks the engine's thread, or fails with it. */
export type AskStyles = <R>(call: (api: AdaptersApi) => Promise<R>) => Promise<R>;

/** Opens the door. */
export function openStyles(engine: AskStyles): StylesDoor {
  return {
    loadAdapter: (source, watch) =>
      engine((api) => watched(api, watch, (callId, onProgress) => api.loadAdapter(source, callId, onProgress))),
    prepareAdapter: (id) => engine((api) => api.prepareAdapter(id)),
    exportAdapter: (request, watch) =>
      engine((api) => watched(api, watch, (callId, onProgress) => api.exportAdapter(request, callId, onProgress))),
    listAdapters: () => engine((api) => api.listAdapters()),
    unloadAdapter: (id) => engine((api) => api.unloadAdapter(id)),
    describeAdapter: (request) => engine((api) => api.describeAdapter(request)),
    duplicateAdapter: (request) => engine((api) => api.duplicateAdapter(request)),
    blendAdapters: (request) => engine((api) => api.blendAdapters(request)),
    measureMerge: (adapters) => engine((api) => api.measureMerge(adapters)),
    mergeAdapters: (request, onProgress) => engine((api) => api.mergeAdapters(request, proxy(onProgress))),
    stopMerging: () => engine((api) => api.stopMerging()),
    lookInside: (id) => engine((api) => api.lookInside(id)),
  };
}

type Call<R> = (callId?: string, onProgress?: OnAdapterProgress) => Promise<R>;

async function watched<R>(api: AdaptersApi, watch: StyleWatch | undefined, work: Call<R>): Promise<R> {
  if (watch === undefined) return work();
  const { stop, onProgress } = watch;
  stop.throwIfAborted();
  const callId = crypto.randomUUID();
  const end = (): void => void api.stopAdapterCall(callId);
  stop.addEventListener('abort', end);
  try {
    return await work(callId, proxy(onProgress));
  } finally {
    stop.removeEventListener('abort', end);
  }
}
