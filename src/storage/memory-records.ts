/** @file Drawers of records that end with the tab, for browsers that open no database. */

import type { RecordStore } from './record-store.ts';

const drawers = new Map<string, Map<string, unknown>>();

/** Opens a drawer in memory; the same name gives the same records. */
export function openMemoryRecords<T>(name: string): RecordStore<T> {
  const held = drawerOf<T>(name);
  return {
    loadAll: () => Promise.resolve([...held.values()]),
    ids: () => Promise.resolve([...held.keys()]),
    load: (id) => Promise.resolve(held.get(id)),
    save: async (id, record) => put(held, id, record),
    saveMany: async (records) => {
      for (const [id, record] of records) await put(held, id, record);
    },
    update: async (id, change) => put(held, id, change(held.get(id))),
    remove: (ids) => {
      for (const id of ids) held.delete(id);
      return Promise.resolve();
    },
    clear: () => {
      held.clear();
      return Promise.resolve();
    },
  };
}

function drawerOf<T>(name: string): Map<string, T> {
  const held = drawers.get(name) ?? new Map<string, unknown>();
  drawers.set(name, held);
  return held as Map<string, T>;
}

/** A database keeps copies: what is changed afterwards is not changed in it. */
function put<T>(held: Map<string, T>, id: string, record: T): Promise<void> {
  held.set(id, structuredClone(record));
  return Promise.resolve();
}
