/** @file Records that outlive a tab, one IndexedDB database for each kind of them. */

import { clear, createStore, delMany, entries, get, keys, set, setMany, update, type UseStore } from 'idb-keyval';
import { toStorageError } from './storage-error.ts';
import { untilWritten } from './unwritten.ts';

/** A drawer of records under their ids. */
export interface RecordStore<T> {
  /** Every record, in no particular order. */
  loadAll(): Promise<T[]>;
  ids(): Promise<string[]>;
  load(id: string): Promise<T | undefined>;
  /** @throws {StudioError} 'storage-full' when the quota is spent */
  save(id: string, record: T): Promise<void>;
  /** @throws {StudioError} 'storage-full' when the quota is spent */
  saveMany(records: readonly (readonly [id: string, record: T])[]): Promise<void>;
  /** Makes a record of the one that stands there, with no other tab in between. @throws {StudioError} 'storage-full' when the quota is spent */
  update(id: string, change: (record: T | undefined) => T): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  clear(): Promise<void>;
}

/** The database of a drawer. */
export function recordsDatabase(name: string): string {
  return `caption-studio-${name}`;
}

/** Opens the database of a drawer at its first use. */
export function openDrawer(name: string): UseStore {
  return createStore(recordsDatabase(name), 'records');
}

/** Opens a drawer; records are plain data, file handles and blobs. @param store where its database is open already */
export function openRecords<T>(name: string, store = openDrawer(name)): RecordStore<T> {
  const guard = async <R>(work: Promise<R>): Promise<R> => {
    try {
      return await work;
    } catch (cause) {
      throw toStorageError(`records of ${name}`, cause);
    }
  };
  const write = <R>(work: Promise<R>): Promise<R> => untilWritten(guard(work));
  return {
    loadAll: async () => (await guard(entries<string, T>(store))).map(([, record]) => record),
    ids: () => guard(keys<string>(store)),
    load: (id) => guard(get<T>(id, store)),
    save: (id, record) => write(set(id, record, store)),
    saveMany: (records) =>
      write(
        setMany(
          records.map(([id, record]) => [id, record]),
          store,
        ),
      ),
    update: (id, change) => write(update(id, change, store)),
    remove: (ids) => write(delMany([...ids], store)),
    clear: () => write(clear(store)),
  };
}
