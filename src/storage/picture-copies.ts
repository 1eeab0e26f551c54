/** @file Copies of files: in our private file system, or among the records where the browser gives none. */

import { openRecords } from './records.ts';
import { knownRefusal } from './refusal.ts';

/** Keeps copies by their ids. */
export interface PictureCopies {
  save(id: string, file: File): Promise<void>;
  /** @throws {DOMException} 'NotFoundError' when it is gone */
  read(id: string): Promise<File>;
  remove(ids: readonly string[]): Promise<void>;
  /** Deletes all others. */
  removeOthers(isKept: (id: string) => boolean): Promise<void>;
}

/**
 * Opens a drawer of copies. Where records end with the tab, so do the copies, since nothing would find them later; and those of visits that
 * kept their records stay untouched.
 */
export function openPictureCopies(folderName: string): PictureCopies {
  const { records, files } = knownRefusal();
  return records || files ? openRecordCopies(`${folderName}-copies`) : openFolderCopies(folderName);
}

function openFolderCopies(folderName: string): PictureCopies {
  const openFolder = async (): Promise<FileSystemDirectoryHandle> =>
    (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
  return {
    save: async (id, file) => {
      const entry = await (await openFolder()).getFileHandle(id, { create: true });
      const writer = await entry.createWritable();
      await writer.write(file);
      await writer.close();
    },
    read: async (id) => (await (await openFolder()).getFileHandle(id)).getFile(),
    remove: async (ids) => {
      const folder = await openFolder();
      for (const id of ids) await folder.removeEntry(id).catch(ignoreMissing);
    },
    removeOthers: async (isKept) => {
      const folder = await openFolder();
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      // Asked at the last moment, since pictures may come in meanwhile.
      for (const name of names) if (!isKept(name)) await folder.removeEntry(name).catch(ignoreMissing);
    },
  };
}

function openRecordCopies(name: string): PictureCopies {
  const copies = openRecords<File>(name);
  return {
    save: (id, file) => copies.save(id, file),
    read: async (id) => {
      const file = await copies.load(id);
      if (file === undefined) throw new DOMException(`${name}: no ${id}`, 'NotFoundError');
      return file;
    },
    remove: (ids) => copies.remove(ids),
    removeOthers: async (isKept) => copies.remove((await copies.ids()).filter((id) => !isKept(id))),
  };
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
}
