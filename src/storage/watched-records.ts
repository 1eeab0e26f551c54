/** @file Records of which each tab hears when another one changes them; whoever needs more than the last word joins what both did. */

import { recordsDatabase } from './drawer.ts';
import { openRecords, type RecordStore } from './records.ts';
import { knownRefusal } from './refusal.ts';

/** What another tab did to records, by their ids. */
export interface ChangedIds {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A drawer that tells other tabs of its changes. */
export interface WatchedRecords<T> extends RecordStore<T> {
  /** Hears from now on what other tabs do. */
  watch(listener: (change: ChangedIds) => void): void;
}

/** Opens a drawer that tells other tabs of its changes; in memory no other tab sees them, and none is told. */
export function openWatchedRecords<T>(name: string): WatchedRecords<T> {
  const records = openRecords<T>(name);
  if (knownRefusal().records) return { ...records, watch: () => undefined };
  const channel = new BroadcastChannel(recordsDatabase(name));
  const tell = (told: Partial<ChangedIds>): void => channel.postMessage({ changed: [], removed: [], ...told } satisfies ChangedIds);
  return {
    ...records,
    save: async (id, record) => {
      await records.save(id, record);
      tell({ changed: [id] });
    },
    saveMany: async (some) => {
      await records.saveMany(some);
      tell({ changed: some.map(([id]) => id) });
    },
    update: async (id, change) => {
      await records.update(id, change);
      tell({ changed: [id] });
    },
    remove: async (ids) => {
      if (ids.length === 0) return;
      await records.remove(ids);
      tell({ removed: ids });
    },
    clear: async () => {
      const ids = await records.ids();
      await records.clear();
      tell({ removed: ids });
    },
    watch: (listener) => channel.addEventListener('message', ({ data }: MessageEvent<ChangedIds>) => listener(data)),
  };
}
