/** @file What the thread that loads models does for the screen, and how tabs share the work: one loads, the others watch. */

import { readJsonObject } from '../src/core/codec/json.ts';
import { StudioError } from '../src/core/error.ts';
import { readManifest, type BundleManifest } from '../models/bundle.ts';
import { openBundle } from '../src/engine/bundle/bundle.ts';
import { findDamage } from '../src/engine/bundle/verify.ts';
import { describePrecision } from '../src/engine/convert/precision.ts';
import { beginLoad, continueLoad, mendFiles } from '../src/engine/load/load.ts';
import { readLicence } from '../src/engine/load/read-licence.ts';
import { openSource, type OpenSource } from '../src/engine/load/survey.ts';
import type { ModelRecord } from '../src/storage/model-record.ts';
import { loadLock, modelLock, modelsChannel } from '../src/storage/model-record.ts';
import type { LoadEnd, LoadRequest, LoadSource, ModelNews, ModelProgress, ModelsApi } from './models-api.ts';
import { openPlace, reopenPlace, type Place } from './models-place.ts';
import { openModelShelf, type ModelShelf } from './models-shelf.ts';

type OnProgress = (progress: ModelProgress) => void;

/** Between two reports of progress, and between two notes of it on the disk. @unit ms */
const reportMs = 120;
const noteMs = 1500;
/** @unit bytes */
const maxManifestBytes = 64 * 2 ** 20;

/** Opens the desk. */
export function openModelsDesk(): ModelsApi {
  const shelf = openModelShelf();
  const channel = new BroadcastChannel(modelsChannel);
  const running = new Map<string, Place>();
  const tell = (news: ModelNews): void => channel.postMessage(news);
  /** The source that was looked at last: a load of it fetches nothing again. */
  let looked: { readonly key: string; readonly place: Place; readonly opened: OpenSource } | null = null;
  void shelf.tidy().catch(() => undefined);

  const wish = (modelId: string, kind: 'pause' | 'cancel'): void => {
    running.get(modelId)?.[kind === 'pause' ? 'pause' : 'stop'].abort();
  };
  channel.onmessage = ({ data }: MessageEvent<ModelNews>) => {
    if (data.kind === 'wish') wish(data.modelId, data.wish);
  };
  const look = async (source: LoadSource): Promise<{ readonly place: Place; readonly opened: OpenSource }> => {
    const key = keyOf(source);
    if (looked?.key === key && !looked.place.stop.signal.aborted && !looked.place.pause.signal.aborted) return looked;
    const place = await openPlace(source);
    looked = { key, place, opened: await openSource(place.files) };
    return looked;
  };
  const save = async (record: ModelRecord): Promise<void> => {
    await shelf.save(record);
    tell({ kind: 'changed' });
  };
  const reporter = (modelId: string, onProgress: OnProgress): OnProgress => {
    let sentMs = -Infinity;
    let stage = '';
    return (progress) => {
      const nowMs = performance.now();
      if (progress.stage === stage && nowMs - sentMs < reportMs && progress.done < progress.total) return;
      [sentMs, stage] = [nowMs, progress.stage];
      onProgress({ ...progress, modelId });
      tell({ kind: 'progress', progress: { ...progress, modelId } });
    };
  };

  /** Does work on one model while no other tab can; errors are written down for a later visit. */
  const alone = async (modelId: string, place: Place | null, work: () => Promise<void>): Promise<LoadEnd> => {
    if (place) running.set(modelId, place);
    try {
      return await navigator.locks.request(modelLock(modelId), { ifAvailable: true }, async (lock): Promise<LoadEnd> => {
        if (!lock) return 'elsewhere';
        try {
          await work();
          return 'whole';
        } catch (error) {
          const end = endOf(error, place);
          if (end === null) await noteTrouble(shelf, modelId, error);
          tell({ kind: 'changed' });
          if (end === null) throw error;
          return end;
        }
      });
    } finally {
      if (running.get(modelId) === place) running.delete(modelId);
      tell({ kind: 'changed' });
    }
  };
  /** One load at a time in all tabs: two would only share the same line and disk. */
  const inTurn = (place: Place, work: () => Promise<void>): Promise<void> =>
    navigator.locks.request(loadLock, { signal: AbortSignal.any([place.pause.signal, place.stop.signal]) }, work);

  const fetchAll = async (modelId: string, place: Place, report: OnProgress): Promise<void> => {
    const record = await shelf.record(modelId);
    const { work } = await shelf.work(modelId);
    report({ modelId, stage: 'waiting', done: record.doneBytes, total: record.totalBytes });
    await inTurn(place, async () => {
      let notedMs = performance.now();
      let base = record.doneBytes - place.fetchedBytes();
      const timer = setInterval(() => {
        report({ modelId, stage: 'fetching', done: Math.min(record.totalBytes, base + place.fetchedBytes()), total: record.totalBytes });
      }, reportMs);
      try {
        let doneBytes = record.doneBytes;
        const manifest = await continueLoad(place.files, work, shelf.sink(modelId), {
          journal: await shelf.journal(modelId),
          events: {
            isStopped: () => place.pause.signal.aborted || place.stop.signal.aborted,
            onJournal: (journal) => shelf.saveJournal(modelId, journal),
            onProgress: (done, total) => {
              // What the journal says is certain; a shard that has to be fetched again counts back.
              if (done < doneBytes) base = done - place.fetchedBytes();
              doneBytes = done;
              if (performance.now() - notedMs < noteMs) return;
              notedMs = performance.now();
              void shelf.save({ ...record, doneBytes, totalBytes: total, trouble: null }).catch(() => undefined);
            },
          },
        }).catch(async (error: unknown) => {
          await shelf.save({ ...(await shelf.record(modelId)), doneBytes }).catch(() => undefined); // the first error is the one to tell
          throw error;
        });
        await save({ ...record, ...whole(manifest), trouble: null, doneBytes: record.totalBytes });
      } finally {
        clearInterval(timer);
      }
    });
  };

  const begin = async (
    request: LoadRequest,
    { place, opened }: { place: Place; opened: OpenSource },
    report: OnProgress,
  ): Promise<void> => {
    const { modelId, form, name } = request;
    report({ modelId, stage: 'preparing', done: 0, total: 0 });
    if (request.keep === 'memory') shelf.hold(modelId);
    const choice = opened.survey.choices.find((one) => one.form === form);
    if (!choice) throw new StudioError('argument-invalid', `${name}: ${form} is no form in which it can be loaded`);
    const licence = await licenceOf(place, opened);
    const record: ModelRecord = {
      ...{ id: modelId, name, licence, origin: place.origin, kind: opened.kind, family: opened.survey.family, state: 'loading' },
      precision: opened.kind === 'bundle' ? opened.bundle.manifest.precision : describePrecision(form === 'as-is' ? 'fp32' : form),
      ...{ storedBytes: choice.storedBytes, memoryBytes: choice.memoryBytes, doneBytes: 0, totalBytes: choice.fetchedBytes },
      ...{ addedAt: Date.now(), verifiedAt: null, damagedFiles: [], trouble: null },
    };
    await save(record);
    const work = await beginLoad(opened, shelf.sink(modelId), { name, licence, source: sayOrigin(place), form });
    await shelf.saveWork(modelId, { work, states: place.states() });
  };

  return {
    survey: async (source) => {
      const { place, opened } = await look(source);
      return { ...opened.survey, name: place.name, origin: place.origin, licence: await licenceOf(place, opened) };
    },
    load: async (request, onProgress) => {
      const report = reporter(request.modelId, onProgress);
      const found = await look(request.source);
      looked = null; // its ways to be called off belong to this load now
      return alone(request.modelId, found.place, async () => {
        await begin(request, found, report);
        await fetchAll(request.modelId, found.place, report);
      });
    },
    resume: async (request, onProgress) => {
      const { modelId } = request;
      const record = await shelf.record(modelId);
      const { states } = await shelf.work(modelId);
      const place = await reopenPlace(record.origin, new Map(states), request);
      return alone(modelId, place, () => fetchAll(modelId, place, reporter(modelId, onProgress)));
    },
    pause: (modelId) => {
      wish(modelId, 'pause');
      tell({ kind: 'wish', modelId, wish: 'pause' });
      return Promise.resolve();
    },
    cancel: (modelId) => {
      wish(modelId, 'cancel');
      tell({ kind: 'wish', modelId, wish: 'cancel' });
      return Promise.resolve();
    },
    verify: async (modelId, onProgress) => {
      let damaged: readonly string[] = [];
      const report = reporter(modelId, onProgress);
      const end = await alone(modelId, null, async () => {
        damaged = await findWrong(shelf, modelId, report);
        const record = await shelf.record(modelId);
        const verifiedAt = damaged.length === 0 ? Date.now() : record.verifiedAt;
        await save({ ...record, state: damaged.length === 0 ? 'whole' : 'damaged', damagedFiles: damaged, verifiedAt, trouble: null });
      });
      if (end === 'elsewhere') throw new StudioError('argument-invalid', 'models: another tab works on this model; wait until it is done');
      return damaged;
    },
    mend: async (request, onProgress) => {
      const { modelId } = request;
      const record = await shelf.record(modelId);
      const { states, work } = await shelf.work(modelId);
      const place = await reopenPlace(record.origin, new Map(states), request);
      const report = reporter(modelId, onProgress);
      return alone(modelId, place, () =>
        inTurn(place, async () => {
          const manifest = await readKeptManifest(shelf, modelId);
          const isStopped = (): boolean => place.pause.signal.aborted || place.stop.signal.aborted;
          const onShare = (done: number, total: number): void => report({ modelId, stage: 'mending', done, total });
          await mendFiles(place.files, work, shelf.sink(modelId), {
            manifest,
            paths: record.damagedFiles,
            events: { isStopped, onProgress: onShare },
          });
          await save({ ...record, state: 'whole', damagedFiles: [], trouble: null });
        }),
      );
    },
    remove: async (modelId) => {
      wish(modelId, 'cancel');
      tell({ kind: 'wish', modelId, wish: 'cancel' });
      // Whoever still writes lets go first; then nobody begins again.
      await navigator.locks.request(modelLock(modelId), () => shelf.remove(modelId));
      tell({ kind: 'changed' });
    },
    heldFiles: (modelId) => Promise.resolve(shelf.held(modelId)?.files() ?? null),
    heldRecords: () => Promise.resolve(shelf.heldRecords()),
  };
}

function keyOf(source: LoadSource): string {
  if (source.kind !== 'folder') return JSON.stringify(source);
  return JSON.stringify([source.name, source.files.map(({ path, file }) => [path, file.size])]);
}

/** A pause or a cancel is an answer, anything else an error. */
function endOf(error: unknown, place: Place | null): 'paused' | 'cancelled' | null {
  if (place?.stop.signal.aborted === true) return 'cancelled';
  const isCalledOff =
    (error instanceof StudioError && error.code === 'cancelled') || (error instanceof DOMException && error.name === 'AbortError');
  return isCalledOff && place?.pause.signal.aborted === true ? 'paused' : null;
}

async function noteTrouble(shelf: ModelShelf, modelId: string, error: unknown): Promise<void> {
  const trouble =
    error instanceof StudioError ? { code: error.code, message: error.message } : { code: 'internal' as const, message: String(error) };
  const record = await shelf.record(modelId).catch(() => null);
  if (record) await shelf.save({ ...record, trouble }).catch(() => undefined); // the first error is the one to tell
}

function whole({ precision }: BundleManifest): Pick<ModelRecord, 'state' | 'precision' | 'damagedFiles'> {
  return { state: 'whole', precision, damagedFiles: [] };
}

async function licenceOf(place: Place, opened: OpenSource): Promise<string> {
  if (opened.kind === 'bundle') return opened.bundle.manifest.licence;
  return place.licence ?? (await readLicence(place.files));
}

function sayOrigin({ origin }: Place): string {
  switch (origin.kind) {
    case 'hub':
      return `${origin.host}/${origin.id} at ${origin.commit}`;
    case 'address':
      return origin.url;
    case 'folder':
      return origin.name;
    default:
      return origin satisfies never;
  }
}

async function readKeptManifest(shelf: ModelShelf, modelId: string): Promise<BundleManifest> {
  const source = await (await shelf.files(modelId)).open('manifest.json');
  if (!source) throw new StudioError('file-missing', 'manifest.json: is gone; remove the model and load it again');
  return readManifest(await readJsonObject(source, maxManifestBytes), 'manifest.json');
}

/** Files that are gone or of another size are found first: a bundle with them does not even open. */
async function findWrong(shelf: ModelShelf, modelId: string, report: OnProgress): Promise<readonly string[]> {
  const files = await shelf.files(modelId);
  const manifest = await readKeptManifest(shelf, modelId);
  const misfits: string[] = [];
  for (const { path, sizeBytes } of [...manifest.shards, ...manifest.files]) {
    if ((await files.open(path))?.byteLength !== sizeBytes) misfits.push(path);
  }
  if (misfits.length > 0) return misfits;
  const damage = await findDamage(await openBundle(files), {
    onProgress: (done, total) => report({ modelId, stage: 'checking', done, total }),
  });
  return damage.map(({ details }) => String(details['file']));
}
