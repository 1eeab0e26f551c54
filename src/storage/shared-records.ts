/** @file Records that several tabs work on: none overwrites what it has not seen, and each hears what the others did. */

import { getMany } from 'idb-keyval';
import { openDrawer, recordsDatabase } from './drawer.ts';
import { openRecords, type RecordStore } from './records.ts';
import { knownRefusal } from './refusal.ts';
import { toStorageError } from './storage-error.ts';
import { untilWritten } from './unwritten.ts';

/** A record that tells apart what it was at two times. */
export interface StampedRecord {
  readonly id: string;
  /** Another one after each change; absent in records of earlier versions. */
  readonly stamp?: string;
}

/** A record to write, and the stamp of the one that it is to replace; undefined where there was none. */
export interface RecordChange<T> {
  readonly record: T;
  readonly before: string | undefined;
}

/** A change that was not written, since another tab came first. */
export interface MetRecord<T> {
  readonly id: string;
  /** What stands there now; undefined where it was removed. */
  readonly current: T | undefined;
}

/** What another tab did. */
export interface OthersChange<T> {
  readonly changed: readonly T[];
  readonly removed: readonly string[];
}

/** A drawer of records that several tabs share. */
export interface SharedRecords<T extends StampedRecord> extends RecordStore<T> {
  /**
   * Writes the records that are as they were before, and gives back those that are not, unwritten.
   *
   * @throws {StudioError} 'storage-full' when the quota is spent
   */
  saveUnchanged(changes: readonly RecordChange<T>[]): Promise<readonly MetRecord<T>[]>;
  /** Hears from now on what other tabs do. */
  watch(listener: (change: OthersChange<T>) => void): void;
}

interface Told {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Opens a drawer of records that several tabs share; in memory, and not shared, where the browser refuses any other. */
export function openSharedRecords<T extends StampedRecord>(name: string): SharedRecords<T> {
  if (knownRefusal().records) return keepAlone(openRecords<T>(name));
  const store = openDrawer(name);
  const records = openRecords<T>(name, store);
  const channel = new BroadcastChannel(recordsDatabase(name));
  const tell = (told: Told): void => {
    if (told.changed.length + told.removed.length > 0) channel.postMessage(told);
  };
  return {
    ...records,
    saveUnchanged: async (changes) => {
      let met: readonly MetRecord<T>[];
      try {
        met = await untilWritten(store('readwrite', (objects) => writeUnchanged(objects, changes)));
      } catch (cause) {
        throw toStorageError(`records of ${name}`, cause);
      }
      const isMet = new Set(met.map(({ id }) => id));
      tell({ changed: changes.map(({ record }) => record.id).filter((id) => !isMet.has(id)), removed: [] });
      return met;
    },
    remove: async (ids) => {
      await records.remove(ids);
      tell({ changed: [], removed: ids });
    },
    watch: (listener) => {
      let last: Promise<unknown> = Promise.resolve();
      channel.addEventListener('message', ({ data }: MessageEvent<Told>) => {
        const read = async (): Promise<void> => {
          // What cannot be read now is met when it is to be written.
          const found = await getMany<T | undefined>([...data.changed], store).catch(() => []);
          listener({ changed: found.flatMap((record) => record ?? []), removed: data.removed });
        };
        last = last.then(read); // in the order in which it happened
      });
    },
  };
}

/** In memory no other tab sees a record, so none comes first. */
function keepAlone<T extends StampedRecord>(records: RecordStore<T>): SharedRecords<T> {
  return {
    ...records,
    saveUnchanged: async (changes) => {
      await records.saveMany(changes.map(({ record }) => [record.id, record]));
      return [];
    },
    watch: () => undefined,
  };
}

/** Looks and writes in one transaction, which no other tab can come between. */
function writeUnchanged<T extends StampedRecord>(
  objects: IDBObjectStore,
  changes: readonly RecordChange<T>[],
): Promise<readonly MetRecord<T>[]> {
  const met: MetRecord<T>[] = [];
  const { transaction } = objects;
  let unread = changes.length;
  for (const { record, before } of changes) {
    const reading = objects.get(record.id) as IDBRequest<T | undefined>;
    reading.addEventListener('success', () => {
      const current = reading.result;
      if (current?.stamp === before) objects.put(record, record.id);
      else met.push({ id: record.id, current });
      unread -= 1;
      if (unread === 0) transaction.commit(); // a closing page has no time to be asked whether more is to come
    });
  }
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => {
      resolve(met);
    });
    transaction.addEventListener('abort', () => {
      reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    });
  });
}
