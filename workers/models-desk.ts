/** @file What the thread that loads models does for the screen, and how tabs share the work: one loads, the others watch. */

import { StudioError } from '../src/core/error.ts';
import type { BundleManifest } from '../models/bundle.ts';
import { describePrecision } from '../src/engine/convert/precision.ts';
import { beginLoad, continueLoad, mendFiles } from '../src/engine/load/load.ts';
import { openSource, type LoadForm, type OpenSource } from '../src/engine/load/survey.ts';
import type { ModelRecord } from '../src/storage/model-record.ts';
import { modelLock } from '../src/storage/model-record.ts';
import { findRefusal } from '../src/storage/refusal.ts';
import type { LoadRequest, LoadSource, ModelProgress, ModelsApi } from './models-api.ts';
import { findWrong, readKeptManifest } from './models-check.ts';
import { licenceOf, openPlace, reopenPlace, sayOrigin, sourceAgain, type Place } from './models-place.ts';
import { openModelShelf, type ModelShelf } from './models-shelf.ts';
import { newCalls, openTurns } from './models-turns.ts';

type OnProgress = (progress: ModelProgress) => void;

/** Between two reports of progress, and between two notes of it on the disk. @unit ms */
const reportMs = 120;
const noteMs = 1500;

/** Opens the desk. */
export function openModelsDesk(): ModelsApi {
  const shelf = openModelShelf();
  const { tell, wish, alone, inTurn } = openTurns((modelId, error) => noteTrouble(shelf, modelId, error));
  /** The source that was looked at last: a load of it fetches nothing again. */
  let looked: { readonly key: string; readonly place: Place; readonly opened: OpenSource } | null = null;
  void shelf.tidy().catch(() => undefined);

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
    request: Omit<LoadRequest, 'source'>,
    { place, opened }: { place: Place; opened: OpenSource },
    report: OnProgress,
  ): Promise<void> => {
    const { modelId, form, name } = request;
    report({ modelId, stage: 'preparing', done: 0, total: 0 });
    if (request.keep === 'memory' || (await keepsNothing())) shelf.hold(modelId);
    const choice = opened.survey.choices.find((one) => one.form === form);
    if (!choice) throw new StudioError('argument-invalid', `${name}: ${form} is no form in which it can be loaded`);
    const licence = await licenceOf(place, opened);
    const record: ModelRecord = {
      ...{ id: modelId, name, licence, origin: place.origin, kind: opened.kind, family: opened.survey.family, state: 'loading' },
      precision: opened.kind === 'bundle' ? opened.bundle.manifest.precision : describePrecision(form === 'as-is' ? 'fp32' : form),
      ...{ storedBytes: choice.storedBytes, memoryBytes: choice.memoryBytes, doneBytes: 0, totalBytes: choice.fetchedBytes },
      ...{ form, addedAt: Date.now(), verifiedAt: null, damagedFiles: [], trouble: null },
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
      const report = reporter(modelId, onProgress);
      const record = await shelf.record(modelId);
      const kept = await shelf.findWork(modelId);
      if (kept) {
        const place = await reopenPlace(record.origin, new Map(kept.states), request);
        return alone(modelId, place, () => fetchAll(modelId, place, report));
      }
      // The tab was closed before anything was written down: begun anew, from the commit that was looked at.
      const { place: again, opened } = await look(sourceAgain(record.origin, request));
      looked = null;
      const found = { opened, place: { ...again, origin: record.origin } };
      return alone(modelId, found.place, async () => {
        const keep = shelf.held(modelId) ? 'memory' : 'browser';
        await begin({ modelId, name: record.name, form: record.form as LoadForm, keep }, found, report);
        await fetchAll(modelId, found.place, report);
      });
    },
    pause: (modelId) => {
      wish(modelId, 'pause');
      return Promise.resolve();
    },
    cancel: (modelId) => {
      wish(modelId, 'cancel');
      return Promise.resolve();
    },
    verify: async (modelId, onProgress) => {
      let damaged: readonly string[] = [];
      const report = reporter(modelId, onProgress);
      const calls = newCalls();
      const end = await alone(modelId, calls, async () => {
        damaged = await findWrong(await shelf.files(modelId), {
          isCancelled: () => calls.stop.signal.aborted,
          onProgress: (done, total) => report({ modelId, stage: 'checking', done, total }),
        });
        const record = await shelf.record(modelId);
        const verifiedAt = damaged.length === 0 ? Date.now() : record.verifiedAt;
        await save({ ...record, state: damaged.length === 0 ? 'whole' : 'damaged', damagedFiles: damaged, verifiedAt, trouble: null });
      });
      if (end === 'elsewhere') throw busy();
      return end === 'whole' ? damaged : null;
    },
    mend: async (request, onProgress) => {
      const { modelId } = request;
      const record = await shelf.record(modelId);
      const { states, work } = await shelf.work(modelId);
      const place = await reopenPlace(record.origin, new Map(states), request);
      const report = reporter(modelId, onProgress);
      return alone(modelId, place, () =>
        inTurn(place, async () => {
          const manifest = await readKeptManifest(await shelf.files(modelId));
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
    moveToMemory: async (modelId) => {
      const isMoved = await navigator.locks.request(modelLock(modelId), { ifAvailable: true }, async (lock) => {
        if (lock) await shelf.moveToMemory(modelId);
        return lock !== null;
      });
      if (!isMoved) throw busy();
      tell({ kind: 'changed' });
    },
    remove: async (modelId) => {
      wish(modelId, 'cancel');
      // Whoever still writes lets go first; then nobody begins again.
      await navigator.locks.request(modelLock(modelId), () => shelf.remove(modelId));
      tell({ kind: 'changed' });
    },
    heldFiles: (modelId) => Promise.resolve(shelf.held(modelId)?.files() ?? null),
    heldRecords: () => Promise.resolve(shelf.heldRecords()),
  };
}

function busy(): StudioError {
  return new StudioError('argument-invalid', 'models: another tab works on this model; wait until it is done');
}

function keyOf(source: LoadSource): string {
  if (source.kind !== 'folder') return JSON.stringify(source);
  return JSON.stringify([source.name, source.files.map(({ path, file }) => [path, file.size])]);
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

/** Whether a model can only be held in memory here. */
async function keepsNothing(): Promise<boolean> {
  const { records, files } = await findRefusal();
  return records || files;
}
