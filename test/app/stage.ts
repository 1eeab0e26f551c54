/** @file Mounts the whole screen on a fake engine and empty drawers, for tests that look at it. */

import { mount, unmount } from 'svelte';
import App from '../../src/app/App.svelte';
import { prepareModel } from '../../src/app/state/models/model-choice.ts';
import { Workspace } from '../../src/app/state/workspace.svelte.ts';
import type { Stores } from '../../src/app/stores.ts';
import { openStudio } from '../../src/app/studio.ts';
import '../../src/app/style/base.css';
import '../../src/app/style/tokens.css';
import { createArchiveShelf } from '../../src/storage/archives.ts';
import type { FileSource } from '../../src/storage/picture-files.ts';
import type { RecordStore } from '../../src/storage/records.ts';
import type { SharedRecords, StampedRecord } from '../../src/storage/shared-records.ts';
import { fakeThreads, type FakeBehaviour, type FakeThreads } from './fake-threads.ts';

/** A screen under test. */
export interface Stage {
  readonly workspace: Workspace;
  readonly threads: FakeThreads;
  readonly stores: Stores;
  close(): Promise<void>;
}

/** Drawers in memory. */
export function memoryStores(): Stores {
  const files = new Map<string, File>();
  const shelf = createArchiveShelf();
  const readWhole = (source: FileSource): Promise<File> => {
    const file = source.kind === 'copy' ? files.get(source.path) : undefined;
    return file === undefined ? Promise.reject(new DOMException('gone', 'NotFoundError')) : Promise.resolve(file);
  };
  return {
    cards: sharedMemoryRecords(),
    bin: sharedMemoryRecords(),
    thumbnails: memoryRecords(),
    settings: memoryRecords(),
    edits: memoryRecords(),
    folders: memoryRecords(),
    stamps: memoryRecords(),
    unsaved: memoryRecords(),
    styles: { ...memoryRecords(), watch: () => undefined },
    scores: memoryRecords(),
    reports: memoryRecords(),
    counter: memoryRecords(),
    comparisons: { ...memoryRecords(), watch: () => undefined },
    comparisonCaptions: { ...memoryRecords(), watch: () => undefined },
    files: {
      keep: (id, file) => {
        files.set(id, file);
        return Promise.resolve({ kind: 'copy', path: id });
      },
      read: (source) => {
        if (source.kind === 'member') return shelf.read(source.archiveId, () => readWhole(source.archive), source.path);
        return readWhole(source);
      },
      remove: () => Promise.resolve(),
      removeOthers: () => Promise.resolve(),
      requestAccess: () => Promise.resolve(true),
    },
  };
}

/** A workspace without a screen. */
export async function openWorkspace(behaviour: FakeBehaviour = {}, stores = memoryStores()): Promise<Omit<Stage, 'close'>> {
  const threads = fakeThreads(behaviour);
  const workspace = new Workspace(openStudio(threads), stores);
  await workspace.start('');
  await prepareModel(workspace);
  return { workspace, threads, stores };
}

/** A workspace with its screen. */
export async function openStage(behaviour: FakeBehaviour = {}, stores = memoryStores()): Promise<Stage> {
  const { workspace, threads } = await openWorkspace(behaviour, stores);
  const target = document.createElement('div');
  target.id = 'app';
  document.body.append(target);
  const app = mount(App, { target, props: { workspace } });
  return {
    workspace,
    threads,
    stores,
    close: async () => {
      await unmount(app);
      target.remove();
      history.replaceState(null, '', location.pathname + location.search);
    },
  };
}

/** A drawer in memory with no other tab. */
function sharedMemoryRecords<T extends StampedRecord>(): SharedRecords<T> {
  const records = memoryRecords<T>();
  return {
    ...records,
    saveUnchanged: async (changes) => {
      await records.saveMany(changes.map(({ record }) => [record.id, record]));
      return [];
    },
    watch: () => undefined,
  };
}

/** A drawer in memory. */
export function memoryRecords<T>(): RecordStore<T> {
  const records = new Map<string, T>();
  return {
    loadAll: () => Promise.resolve([...records.values()]),
    ids: () => Promise.resolve([...records.keys()]),
    load: (id) => Promise.resolve(records.get(id)),
    save: (id, record) => {
      records.set(id, record);
      return Promise.resolve();
    },
    saveMany: (pairs) => {
      for (const [id, record] of pairs) records.set(id, record);
      return Promise.resolve();
    },
    update: (id, change) => {
      records.set(id, change(records.get(id)));
      return Promise.resolve();
    },
    remove: (ids) => {
      for (const id of ids) records.delete(id);
      return Promise.resolve();
    },
    clear: () => {
      records.clear();
      return Promise.resolve();
    },
  };
}
