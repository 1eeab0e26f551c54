/** @file What a browser refuses to keep for this page: private windows of some, and strict settings, refuse records, files or both. */

import { get } from 'idb-keyval';
import { openDrawer } from './drawer.ts';

/** What is refused. */
export interface StorageRefusal {
  /** No database opens: records are held in memory. */
  readonly records: boolean;
  /** There is no private file system. */
  readonly files: boolean;
}

let known: StorageRefusal = { records: false, files: false };

/** Tries what the browser keeps; call it before anything is opened, which goes by what it finds. */
export async function findRefusal(): Promise<StorageRefusal> {
  const [records, files] = await Promise.all([
    isRefused(() => get('', openDrawer('settings'))),
    isRefused(() => navigator.storage.getDirectory()),
  ]);
  known = { records, files };
  return known;
}

/** What was found; nothing is refused as long as it was not tried. */
export function knownRefusal(): StorageRefusal {
  return known;
}

/** Some browsers throw at once, others reject. */
async function isRefused(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch {
    return true;
  }
}
