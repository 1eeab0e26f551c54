/** @file Records on a thread that has not yet tried what the browser keeps: they are opened by the first question. */

import type { RecordStore } from './record-store.ts';
import { openRecords } from './records.ts';
import { findRefusal } from './refusal.ts';

/** Opens a drawer when it is first needed, in memory where the browser refuses any other. */
export function openRecordsLate<T>(name: string): RecordStore<T> {
  let opening: Promise<RecordStore<T>> | undefined;
  const opened = (): Promise<RecordStore<T>> => (opening ??= findRefusal().then(() => openRecords<T>(name)));
  return {
    loadAll: async () => (await opened()).loadAll(),
    ids: async () => (await opened()).ids(),
    load: async (id) => (await opened()).load(id),
    save: async (id, record) => (await opened()).save(id, record),
    saveMany: async (records) => (await opened()).saveMany(records),
    update: async (id, change) => (await opened()).update(id, change),
    remove: async (ids) => (await opened()).remove(ids),
    clear: async () => (await opened()).clear(),
  };
}
