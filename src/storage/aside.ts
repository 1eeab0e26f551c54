/** @file Files on their way out of the page: they lie in the browser's private space until the browser has downloaded them. */

const asideName = 'on-its-way';

/** A download that began so long ago has its bytes. @unit ms */
const fetchedAfterMs = 30 * 60_000;

/** The folder of what is on its way, without what is long fetched, and a name that nothing in it has. */
export async function openAside(): Promise<{ readonly folder: FileSystemDirectoryHandle; readonly name: string }> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(asideName, { create: true });
  for await (const old of folder.keys()) {
    if (Date.now() - Number(old.split('-')[0]) > fetchedAfterMs) await folder.removeEntry(old, { recursive: true }).catch(() => undefined);
  }
  return { folder, name: `${String(Date.now())}-${crypto.randomUUID()}` };
}
