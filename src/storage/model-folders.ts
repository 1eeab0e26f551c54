/** @file The weights of models in the browser's private file system: one folder a model, read as files, written in place by a worker. */

import type { FileSink, GrowingFile } from '../core/codec/byte-sink.ts';
import { toStorageError } from './storage-error.ts';

/** A file of a model; its bytes stay on the disk until they are read. */
export interface ModelFile {
  readonly path: string;
  readonly file: File;
}

const folderName = 'models';

/** Lists the files of a model; none for a model that is not kept here. */
export async function readModelFolder(id: string): Promise<readonly ModelFile[]> {
  try {
    const folder = await (await modelsFolder()).getDirectoryHandle(id);
    const files: ModelFile[] = [];
    for await (const handle of folder.values()) {
      if (handle.kind === 'file') files.push({ path: handle.name, file: await handle.getFile() });
    }
    return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw toStorageError(`models/${id}`, cause);
  }
}

/** Deletes a model's files; there may be none. @throws {StudioError} 'internal' while another tab still writes them */
export async function removeModelFolder(id: string): Promise<void> {
  try {
    await (await modelsFolder()).removeEntry(id, { recursive: true });
  } catch (cause) {
    if (!isMissing(cause)) throw toStorageError(`models/${id}`, cause);
  }
}

/** Lists the ids of all folders, to find those that no record speaks of. */
export async function modelFolderIds(): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const name of (await modelsFolder()).keys()) ids.push(name);
  return ids;
}

/** Opens a model's folder for writing; only workers can, and only one at a time can write a file. */
export function modelFolderSink(id: string): FileSink {
  const open = async (path: string): Promise<FileSystemSyncAccessHandle> => {
    const folder = await (await modelsFolder()).getDirectoryHandle(id, { create: true });
    return (await folder.getFileHandle(path, { create: true })).createSyncAccessHandle();
  };
  return {
    write: async (path, bytes) => {
      try {
        const handle = await open(path);
        try {
          handle.truncate(0);
          writeAll(handle, bytes, 0);
          handle.flush();
        } finally {
          handle.close();
        }
      } catch (cause) {
        throw toStorageError(path, cause);
      }
    },
    grow: async (path, sizeBytes) => {
      try {
        const handle = await open(path);
        if (handle.getSize() !== sizeBytes) handle.truncate(sizeBytes);
        return growing(path, handle);
      } catch (cause) {
        throw toStorageError(path, cause);
      }
    },
  };
}

function growing(path: string, handle: FileSystemSyncAccessHandle): GrowingFile {
  const guard = <T>(work: () => T): Promise<T> => {
    try {
      return Promise.resolve(work());
    } catch (cause) {
      return Promise.reject(toStorageError(path, cause));
    }
  };
  return {
    write: (bytes, at) => guard(() => writeAll(handle, bytes, at)),
    flush: () =>
      guard(() => {
        handle.flush();
        const byteLength = handle.getSize();
        return {
          name: path,
          byteLength,
          slice: (start: number, end: number) =>
            guard(() => {
              const bytes = new Uint8Array(end - start);
              handle.read(bytes, { at: start });
              return bytes;
            }),
        };
      }),
    finish: () => guard(() => handle.close()),
    abandon: () => guard(() => handle.close()),
  };
}

function writeAll(handle: FileSystemSyncAccessHandle, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const written = handle.write(bytes.subarray(done), { at: at + done });
    // A full disk may take nothing without a word.
    if (written === 0) throw new DOMException('nothing more could be written', 'QuotaExceededError');
    done += written;
  }
}

async function modelsFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(folderName, { create: true });
}

function isMissing(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'NotFoundError';
}
