/** @file Records that outlive a tab, one IndexedDB database for each kind of them. */

import { clear, delMany, entries, get, keys, set, setMany, update } from 'idb-keyval';
import { openDrawer } from './drawer.ts';
import { openMemoryRecords } from './memory-records.ts';
import type { RecordStore } from './record-store.ts';
import { knownRefusal } from './refusal.ts';
import { toStorageError } from './storage-error.ts';
import { untilWritten } from './unwritten.ts';

export type { RecordStore } from './record-store.ts';

/** Opens a drawer, in memory where the browser refuses any other; records are plain data, file handles and blobs. @param store where its database is open already */
export function openRecords<T>(name: string, store = openDrawer(name)): RecordStore<T> {
  if (knownRefusal().records) return openMemoryRecords(name);
  const guard = async <R>(work: () => Promise<R>): Promise<R> => {
    try {
      return await work(); // some browsers throw at once, others reject
    } catch (cause) {
      throw toStorageError(`records of ${name}`, cause);
    }
  };
  const write = <R>(work: () => Promise<R>): Promise<R> => untilWritten(guard(work));
  return {
    loadAll: async () => (await guard(() => entries<string, T>(store))).map(([, record]) => record),
    ids: () => guard(() => keys<string>(store)),
    load: (id) => guard(() => get<T>(id, store)),
    save: (id, record) => write(() => set(id, record, store)),
    saveMany: (records) =>
      write(() =>
        setMany(
          records.map(([id, record]) => [id, record]),
          store,
        ),
      ),
    update: (id, change) => write(() => update(id, change, store)),
    remove: (ids) => write(() => delMany([...ids], store)),
    clear: () => write(() => clear(store)),
  };
}
