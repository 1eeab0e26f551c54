/** @file How much room the browser gives this page, and whether what is kept will stay. */

/** How much room there is. @unit bytes */
export interface StorageSpace {
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** Whether the browser has promised not to clear it by itself. */
  readonly isPersisted: boolean;
}

/** Tells how much room there is; undefined where the browser does not say. */
export async function readSpace(): Promise<StorageSpace | undefined> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined) return undefined;
  return { usedBytes: usage, freeBytes: Math.max(0, quota - usage), isPersisted: await navigator.storage.persisted() };
}

/** Asks that the browser does not clear models when the disk fills up; it may say no, and loading goes on all the same. */
export async function askToStay(): Promise<void> {
  await navigator.storage.persist().catch(() => false);
}
