/** @file What is written down of models: records for the screen, works and journals for going on; and those held in memory alone. */

import type { FileSet } from '../src/core/codec/byte-source.ts';
import type { FileSink } from '../src/core/codec/byte-sink.ts';
import { StudioError } from '../src/core/error.ts';
import { emptyJournal, type Journal } from '../src/engine/convert/run-plan.ts';
import type { SavedWork } from '../src/engine/load/load.ts';
import type { FileState } from '../src/engine/load/remote-source.ts';
import { modelFolderSink } from '../src/storage/model-folder-sink.ts';
import { modelFolderIds, readModelFolder, removeModelFolder } from '../src/storage/model-folders.ts';
import { modelDrawers, type ModelRecord } from '../src/storage/model-record.ts';
import { openRecordsLate } from '../src/storage/late-records.ts';
import { findRefusal } from '../src/storage/refusal.ts';
import { blobFiles, heldFiles, type HeldFiles } from './blob-files.ts';

/** All that is needed to go on with a load. */
export interface KeptWork {
  readonly work: SavedWork;
  readonly states: readonly (readonly [path: string, state: FileState])[];
}

/** The shelf. */
export interface ModelShelf {
  /** @throws {StudioError} 'file-missing' when there is no such model */
  record(id: string): Promise<ModelRecord>;
  save(record: ModelRecord): Promise<void>;
  /** Begins a model in memory: what is saved of it goes with the tab. */
  hold(id: string): void;
  /** Takes a model from the disk into memory, with how far its load is. @throws {StudioError} 'file-missing' when there is no such model */
  moveToMemory(id: string): Promise<void>;
  held(id: string): HeldFiles | null;
  heldRecords(): readonly ModelRecord[];
  sink(id: string): FileSink;
  files(id: string): Promise<FileSet>;
  /** @throws {StudioError} 'file-missing' when there is none */
  work(id: string): Promise<KeptWork>;
  /** undefined for a load that was broken off before it began. */
  findWork(id: string): Promise<KeptWork | undefined>;
  saveWork(id: string, work: KeptWork): Promise<void>;
  journal(id: string): Promise<Journal>;
  saveJournal(id: string, journal: Journal): Promise<void>;
  remove(id: string): Promise<void>;
  /** Deletes folders that no record speaks of: what is left of a tab that died while it deleted. */
  tidy(): Promise<void>;
}

/** Opens the shelf. */
export function openModelShelf(): ModelShelf {
  const records = openRecordsLate<ModelRecord>(modelDrawers.records);
  const works = openRecordsLate<KeptWork>(modelDrawers.works);
  const journals = openRecordsLate<Journal>(modelDrawers.journals);
  const notes = openRecordsLate<unknown>(modelDrawers.notes);
  const heldById = new Map<string, HeldFiles>();
  const heldRecords = new Map<string, ModelRecord>();
  const heldWorks = new Map<string, KeptWork>();
  const heldJournals = new Map<string, Journal>();
  const forget = async (id: string): Promise<void> => {
    await removeModelFolder(id);
    await Promise.all([records.remove([id]), works.remove([id]), journals.remove([id])]);
  };
  const gone = (id: string): StudioError => new StudioError('file-missing', `models: there is no model ${id} here any more`);
  const findWork = async (id: string): Promise<KeptWork | undefined> => heldWorks.get(id) ?? (await works.load(id));
  return {
    record: async (id) => {
      const record = heldRecords.get(id) ?? (await records.load(id));
      if (!record) throw gone(id);
      return record;
    },
    save: async (record) => {
      if (heldById.has(record.id)) heldRecords.set(record.id, record);
      else await records.save(record.id, record);
    },
    hold: (id) => {
      heldById.set(id, heldFiles());
    },
    moveToMemory: async (id) => {
      const [record, work, journal] = await Promise.all([records.load(id), works.load(id), journals.load(id)]);
      if (!record) throw gone(id);
      const held = heldFiles();
      // The file that was being written comes along as it is: who goes on finds its bytes there.
      for (const { path, file } of await readModelFolder(id)) await held.sink.write(path, new Uint8Array(await file.arrayBuffer()));
      heldById.set(id, held);
      heldRecords.set(id, { ...record, trouble: null });
      if (work) heldWorks.set(id, work);
      heldJournals.set(id, journal ?? emptyJournal);
      await forget(id);
    },
    held: (id) => heldById.get(id) ?? null,
    heldRecords: () => [...heldRecords.values()],
    sink: (id) => heldById.get(id)?.sink ?? modelFolderSink(id),
    files: async (id) =>
      blobFiles((await (heldRecords.get(id) ?? records.load(id)))?.name ?? id, heldById.get(id)?.files() ?? (await readModelFolder(id))),
    findWork,
    work: async (id) => {
      const work = await findWork(id);
      if (!work) throw gone(id);
      return work;
    },
    saveWork: async (id, work) => {
      if (heldById.has(id)) heldWorks.set(id, work);
      else await works.save(id, work);
    },
    journal: async (id) => heldJournals.get(id) ?? (await journals.load(id)) ?? emptyJournal,
    saveJournal: async (id, journal) => {
      if (heldById.has(id)) heldJournals.set(id, journal);
      else await journals.save(id, journal);
    },
    remove: async (id) => {
      for (const held of [heldById, heldRecords, heldWorks, heldJournals]) held.delete(id);
      await forget(id);
      await notes.remove([id]);
    },
    tidy: async () => {
      if ((await findRefusal()).records) return; // what records speak of cannot be told
      const folders = await modelFolderIds();
      const known = new Set(await records.ids()); // read after the folders, so that a model that is just begun is among them
      for (const id of folders) if (!known.has(id)) await removeModelFolder(id).catch(() => undefined);
    },
  };
}
