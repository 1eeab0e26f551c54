/** @file The databases that drawers of records lie in. */

import { createStore, type UseStore } from 'idb-keyval';

/** The database of a drawer. */
export function recordsDatabase(name: string): string {
  return `caption-studio-${name}`;
}

/** Opens the database of a drawer at its first use. */
export function openDrawer(name: string): UseStore {
  return createStore(recordsDatabase(name), 'records');
}
