/** @file What the engine thread does with styles: loads, compares, wears, writes and merges them. */

import { StudioError } from '../src/core/error.ts';
import { emptyCard, type LearnedAdapter } from '../src/core/adapter/learned.ts';
import { sizesOfConfig } from '../src/core/peft/write-config.ts';
import { adapterId } from '../src/engine/adapter/adapter-id.ts';
import { blendAdapters } from '../src/engine/adapter/blend.ts';
import { lookInside } from '../src/engine/adapter/look-inside.ts';
import { takeAdapter } from '../src/engine/adapter/match-adapter.ts';
import { planMerge, type ChangedAs } from '../src/engine/adapter/merge-plan.ts';
import { readAdapterFolder, type AdapterFolder } from '../src/engine/adapter/read-adapter.ts';
import { scaleAdapter } from '../src/engine/adapter/scale-adapter.ts';
import { writeAdapter } from '../src/engine/adapter/write-adapter.ts';
import { zipFileSet, zipFiles } from '../src/engine/adapter/zip.ts';
import type { OpenModel } from '../src/engine/model.ts';
import { makeAdapterCalls } from './adapter-calls.ts';
import type { AdaptersApi, AdapterSource, AdapterSummary } from './adapters-api.ts';
import type { AdapterShelf } from './adapter-shelf.ts';
import { openAdapterSource } from './adapter-sources.ts';
import { blobSource } from './blob-files.ts';
import { tellInOrder } from './last-taken.ts';
import { writeMerged } from './write-merged.ts';

/** What styles need of the engine. */
export interface AdapterDesk {
  readonly shelf: AdapterShelf;
  readonly openModel: () => OpenModel | null;
  /** Runs work when all earlier jobs have ended. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A style's numbers are hashed and written as one piece, of which browsers hold two gigabytes at most. @unit bytes */
const readLimits = { learnedBytes: 2e9 } as const;

/** Styles that take more are laid out when they are worn: on the device they take their numbers' room once more. @unit bytes */
const warmedBytes = 64e6;

/** Makes the part of the engine that is about styles. */
export function makeAdapters({ shelf, openModel, run }: AdapterDesk): AdaptersApi {
  let merging: AbortController | null = null;
  const calls = makeAdapterCalls();
  const need = (): OpenModel => {
    const model = openModel();
    if (!model) throw new StudioError('argument-invalid', 'styles: open a model first');
    return model;
  };
  const put = async (folder: AdapterFolder, given: { readonly name?: string; readonly stop?: AbortSignal } = {}): Promise<string> => {
    const taken = takeAdapter(folder); // what is broken for every model is refused here
    const id = await adapterId(taken);
    given.stop?.throwIfAborted();
    shelf.put({ id, folder, name: given.name ?? taken.name, card: folder.description?.card ?? emptyCard });
    return id;
  };
  const written = (id: string, layout: 'hf5' | 'hf4' | 'llava'): ReadonlyMap<string, Uint8Array<ArrayBuffer>> => {
    const { folder, name, card } = shelf.get(id);
    return writeAdapter({ ...takeAdapter(folder), name, card }, { layout, sizes: sizesOfConfig(folder.config) });
  };
  const prepare = (id: string): Promise<void> =>
    run(async () => {
      const model = openModel();
      if (model && (await shelf.summarize(id, model)).fit.state !== 'other') await shelf.wear(model, [{ id, scale: 1 }]);
    });
  /** Opens what an adapter needs as soon as no job runs, so that putting it on later takes no longer than feeding it. */
  const warm = (summary: AdapterSummary): AdapterSummary => {
    const { id, sizeBytes } = summary;
    if (sizeBytes <= warmedBytes) prepare(id).catch(() => undefined); // whoever captions with it hears of it
    return summary;
  };
  /** Takes an adapter that was made here as if it had come from its files. */
  const putMade = async (made: LearnedAdapter, model: OpenModel): Promise<AdapterSummary> => {
    const files = writeAdapter(made, { layout: 'hf5', sizes: model.model.decoder });
    const zip = new Blob(blobParts(await zipFiles(files)));
    const id = await put(await readAdapterFolder(await zipFileSet(blobSource(made.name, zip))), { name: made.name });
    return warm(await shelf.summarize(id, model));
  };
  return {
    loadAdapter: (source, callId, onProgress) =>
      calls.run({ name: nameOf(source), callId, onProgress }, async ({ watch, stop }) => {
        const id = await put(await readAdapterFolder(await openAdapterSource(source, { watch, stop }), readLimits, watch), { stop });
        return warm(await shelf.summarize(id, openModel()));
      }),
    prepareAdapter: prepare,
    stopAdapterCall: (callId) => {
      calls.stop(callId);
      return Promise.resolve();
    },
    listAdapters: () => Promise.all(shelf.list().map(({ id }) => shelf.summarize(id, openModel()))),
    unloadAdapter: (id) => run(() => shelf.remove(id)), // a job may be wearing it
    describeAdapter: ({ id, name, card }) => {
      shelf.put({ id, folder: shelf.get(id).folder, name, card });
      return shelf.summarize(id, openModel());
    },
    duplicateAdapter: async ({ id, name, scale }) => {
      const model = need();
      const scaled = await scaleAdapter(shelf.learned(id, model), scale, model.store);
      return putMade({ ...scaled, name, card: shelf.get(id).card }, model);
    },
    blendAdapters: ({ adapters, name }) => {
      const model = need();
      const worn = shelf.worn(model, adapters).map(({ adapter, scale }, i) => {
        const { card } = shelf.get(adapters[i]?.id ?? '');
        return { adapter: { ...adapter, card }, scale };
      });
      return putMade(blendAdapters(worn, name), model);
    },
    exportAdapter: async ({ id, layout }, callId, onProgress) =>
      calls.run({ name: shelf.get(id).name, callId, onProgress }, async ({ watch }) => {
        const pieces = await zipFiles(written(id, layout), watch);
        return new Blob(blobParts(pieces), { type: 'application/zip' });
      }),
    mergeAdapters: async ({ adapters, name, changedAs }, onProgress: (doneBytes: number, totalBytes: number) => unknown) => {
      const model = need();
      merging?.abort();
      const stop = new AbortController();
      merging = stop;
      const { tell, taken } = tellInOrder(onProgress);
      const isCancelled = (): boolean => stop.signal.aborted;
      try {
        return await writeMerged(model, shelf.worn(model, adapters), { name, changedAs, onProgress: tell, isCancelled });
      } finally {
        await taken();
      }
    },
    stopMerging: () => {
      merging?.abort();
      return Promise.resolve();
    },
    measureMerge: (adapters) => {
      const model = need();
      const bytesOf = (changedAs: ChangedAs): number => planMerge(model, shelf.worn(model, adapters), changedAs).totalBytes;
      return Promise.resolve({ precision: model.bundle.manifest.precision, float32: bytesOf('float32'), same: bytesOf('same') });
    },
    lookInside: async (id) => {
      const model = need();
      return lookInside(model, shelf.learned(id, model));
    },
  };
}

function nameOf(source: AdapterSource): string {
  switch (source.kind) {
    case 'files':
    case 'zip':
      return source.name;
    case 'address':
      return source.url;
    case 'hub':
      return source.id;
    default:
      return source satisfies never;
  }
}

/** Pieces that lie in memory of their own go as they are: of a large style each copy takes a gigabyte. */
function blobParts(pieces: readonly Uint8Array[]): BlobPart[] {
  return pieces.map((piece) => (isUnshared(piece) ? piece : new Uint8Array(piece)));
}

function isUnshared(piece: Uint8Array): piece is Uint8Array<ArrayBuffer> {
  return piece.buffer instanceof ArrayBuffer;
}
