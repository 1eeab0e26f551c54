/** @file What a browser refuses to keep for this page: private windows of some, and strict settings, refuse records, files or both. */

import { get } from 'idb-keyval';
import { StudioError } from '../core/error.ts';
import { openDrawer, recordsDatabase } from './drawer.ts';

/** What is refused. */
export interface StorageRefusal {
  /** No database opens: records are held in memory. */
  readonly records: boolean;
  /** No database opens though the browser allows it: what was kept is there, perhaps, but cannot be read. */
  readonly isDamaged: boolean;
  /** There is no private file system. */
  readonly files: boolean;
}

let known: StorageRefusal = { records: false, isDamaged: false, files: false };
let tried: Promise<StorageRefusal> | undefined;

/** Finds what the browser refuses on this thread, once; call it before anything is opened, which goes by what it finds. */
export function findRefusal(): Promise<StorageRefusal> {
  return (tried ??= tryStorage());
}

/** Whether there is no place for files on this thread. */
export async function areFilesRefused(): Promise<boolean> {
  return (await findRefusal()).files;
}

async function tryStorage(): Promise<StorageRefusal> {
  const [records, files] = await Promise.all([
    failureOf(() => get('', openDrawer('settings'))),
    failureOf(() => navigator.storage.getDirectory()),
  ]);
  known = { records: records !== undefined, isDamaged: records !== undefined && isDamage(records), files: files !== undefined };
  return known;
}

/** What was found; nothing is refused as long as it was not tried. */
export function knownRefusal(): StorageRefusal {
  return known;
}

/** Deletes the databases of the studio that cannot be read, and no others. */
export async function removeUnreadable(): Promise<void> {
  const listed = await indexedDB.databases().catch(() => []);
  const prefix = recordsDatabase('');
  const drawers = listed.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : []));
  for (const drawer of new Set(['settings', ...drawers])) {
    if ((await failureOf(() => get('', openDrawer(drawer)))) === undefined) continue;
    await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(recordsDatabase(drawer));
      for (const end of ['success', 'error', 'blocked']) request.addEventListener(end, resolve);
    });
  }
}

/** What a refusal is called by one browser or another; anything else is trouble with what is there. */
const refusals: ReadonlySet<string> = new Set(['SecurityError', 'InvalidStateError', 'NotAllowedError', 'TypeError', 'ReferenceError']);

function isDamage(failure: unknown): boolean {
  return !(failure instanceof Error && refusals.has(failure.name));
}

/** Some browsers throw at once, others reject. */
async function failureOf(attempt: () => Promise<unknown>): Promise<unknown> {
  try {
    await attempt();
    return undefined;
  } catch (failure) {
    return failure ?? new StudioError('internal', 'storage: failed without a reason');
  }
}
