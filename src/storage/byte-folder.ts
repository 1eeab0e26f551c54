/** @file A folder of the browser's own file system as a place to keep bytes by name; one in memory where the browser has none. */

import { heldFolders, openHeldFolder, removeHeld } from './memory-folders.ts';
import { areFilesRefused } from './refusal.ts';
import { toStorageError } from './storage-error.ts';

/** Keeps bytes by name; each write is whole or not there. An empty file counts as none. */
export interface ByteFolder {
  read(name: string): Promise<Uint8Array | null>;
  /** @throws {StudioError} 'storage-full' when the quota is spent */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Opens a folder by its path; it is made when the first bytes are put into it. */
export function openByteFolder(path: readonly string[]): ByteFolder {
  const folder = async (): Promise<ByteFolder> => ((await areFilesRefused()) ? openHeldFolder(path) : openDiskFolder(path));
  return {
    read: async (name) => (await folder()).read(name),
    write: async (name, bytes) => (await folder()).write(name, bytes),
    remove: async (name) => (await folder()).remove(name),
  };
}

function openDiskFolder(path: readonly string[]): ByteFolder {
  const place = (name: string): string => [...path, name].join('/');
  return {
    read: async (name) => {
      try {
        const handle = await (await findFolder(path, false)).getFileHandle(name);
        const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        return bytes.length === 0 ? null : bytes; // made for a first write that never came to its end
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw toStorageError(place(name), cause);
      }
    },
    write: async (name, bytes) => {
      try {
        const handle = await (await findFolder(path, true)).getFileHandle(name, { create: true });
        // A writable collects what is written in a file of its own and puts it in place when it is closed.
        const writable = await handle.createWritable();
        try {
          await writable.write(new Uint8Array(bytes));
          await writable.close();
        } catch (cause) {
          await writable.abort().catch(() => undefined);
          throw cause;
        }
      } catch (cause) {
        throw toStorageError(
          place(name),
          (await isSpent(bytes.byteLength)) ? new DOMException(String(cause), 'QuotaExceededError') : cause,
        );
      }
    },
    remove: (name) => remove(path, name),
  };
}

/** Lists the folders within a folder. */
export async function childFolders(path: readonly string[]): Promise<readonly string[]> {
  if (await areFilesRefused()) return heldFolders(path);
  const names: string[] = [];
  try {
    for await (const [name, handle] of (await findFolder(path, false)).entries()) if (handle.kind === 'directory') names.push(name);
  } catch (cause) {
    if (!isMissing(cause)) throw toStorageError(path.join('/'), cause);
  }
  return names;
}

/** Removes a folder with all that is in it. */
export async function removeFolder(path: readonly string[]): Promise<void> {
  const [above, name] = [path.slice(0, -1), path.at(-1) ?? ''];
  if (await areFilesRefused()) removeHeld(above, name);
  else await remove(above, name);
}

async function remove(path: readonly string[], name: string): Promise<void> {
  try {
    await (await findFolder(path, false)).removeEntry(name, { recursive: true });
  } catch (cause) {
    if (!isMissing(cause)) throw toStorageError([...path, name].join('/'), cause);
  }
}

async function findFolder(path: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const name of path) folder = await folder.getDirectoryHandle(name, { create });
  return folder;
}

/** Whether there is no room for so many bytes more: Chromium does not always say so when it breaks a write off. */
async function isSpent(byteLength: number): Promise<boolean> {
  const { usage = 0, quota = Infinity } = await navigator.storage.estimate();
  return usage + byteLength > quota;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'NotFoundError';
}
