/** @file Saves a file of any size as it is made: into a file that the user names, or by way of the browser's own space where it asks for none. */

import { StudioError } from '../../core/error.ts';
import { openAside } from '../../storage/aside.ts';
import { writeHandle } from '../../storage/folder-files.ts';
import { toStorageError } from '../../storage/storage-error.ts';
import { saveBlob } from './take-out.ts';

/** A file that is about to be written. */
export interface SaveTarget {
  /** @throws {StudioError} 'storage-full', 'permission', and what the chunks throw */
  write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}

/** Asks where to save; call it from a click. Undefined when the picker was closed. */
export async function chooseTarget(name: string): Promise<SaveTarget | undefined> {
  if (window.showSaveFilePicker === undefined) return downloadTarget(name);
  try {
    const handle = await window.showSaveFilePicker({ suggestedName: name });
    return {
      write: async (chunks) => {
        try {
          await writeHandle(handle, chunks);
        } catch (cause) {
          await removeEmpty(handle);
          fail(name, cause);
        }
      },
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw toStorageError(name, error);
  }
}

/** Writes beside the page's other files first, so that no more than a piece is in memory; then the browser downloads it. */
export function downloadTarget(name: string): SaveTarget {
  return {
    write: async (chunks) => {
      try {
        const aside = await openAside();
        const handle = await aside.folder.getFileHandle(aside.name, { create: true });
        await writeHandle(handle, chunks);
        saveBlob(name, await handle.getFile());
      } catch (cause) {
        fail(name, cause);
      }
    },
  };
}

/** The picker makes the file at once; one that nothing was written into would look like a saved one. */
async function removeEmpty(handle: FileSystemFileHandle & { remove?(): Promise<void> }): Promise<void> {
  try {
    if ((await handle.getFile()).size === 0) await handle.remove?.();
  } catch {
    // It stays as it is; why nothing was written is what is told.
  }
}

function fail(name: string, cause: unknown): never {
  throw toStorageError(name, cause);
}

/** Lets the user choose a folder to write into; undefined where they choose none. Call it from a click. @throws {StudioError} 'permission' where the browser cannot */
export async function pickWritable(): Promise<FileSystemDirectoryHandle | undefined> {
  if (window.showDirectoryPicker === undefined) {
    throw new StudioError('permission', 'this browser does not let pages write into folders; save a zip and unpack it there');
  }
  try {
    return await window.showDirectoryPicker({ mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
