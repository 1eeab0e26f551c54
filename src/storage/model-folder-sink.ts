/** @file Writes the weights of models into the browser's private file system, in place; only workers can. */

import type { FileSink, GrowingFile } from '../core/codec/byte-sink.ts';
import { modelsFolder } from './model-folders.ts';
import { toStorageError } from './storage-error.ts';

/** Opens a model's folder for writing; only one thread at a time can write a file. */
export function modelFolderSink(id: string): FileSink {
  return privateFolderSink(async () => (await modelsFolder()).getDirectoryHandle(id, { create: true }));
}

/** Opens a folder of the private file system for writing. @param openFolder is called for each file */
export function privateFolderSink(openFolder: () => Promise<FileSystemDirectoryHandle>): FileSink {
  const open = async (path: string): Promise<FileSystemSyncAccessHandle> =>
    (await (await openFolder()).getFileHandle(path, { create: true })).createSyncAccessHandle();
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
        const isNew = handle.getSize() !== sizeBytes;
        try {
          setSize(handle, sizeBytes);
        } catch (cause) {
          handle.close();
          throw cause;
        }
        return growing(path, handle, isNew);
      } catch (cause) {
        throw toStorageError(path, cause);
      }
    },
  };
}

function growing(path: string, handle: FileSystemSyncAccessHandle, isNew: boolean): GrowingFile {
  const guard = <T>(work: () => T): Promise<T> => {
    try {
      return Promise.resolve(work());
    } catch (cause) {
      return Promise.reject(toStorageError(path, cause));
    }
  };
  return {
    isNew,
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

/** Chromium's private windows keep the old size without a word where the quota is spent. */
function setSize(handle: FileSystemSyncAccessHandle, sizeBytes: number): void {
  if (handle.getSize() !== sizeBytes) handle.truncate(sizeBytes);
  if (handle.getSize() !== sizeBytes) throw new DOMException('the file could not grow', 'QuotaExceededError');
}

function writeAll(handle: FileSystemSyncAccessHandle, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const written = handle.write(bytes.subarray(done), { at: at + done });
    // A full disk may take nothing without a word; Chromium's private windows give the negative error code as a number near 2^32.
    if (written === 0 || written > bytes.byteLength - done) throw new DOMException('nothing more could be written', 'QuotaExceededError');
    done += written;
  }
}
