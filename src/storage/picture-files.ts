/** @file The pictures themselves: a handle to the user's file where the browser gives one, a copy of our own where not. */

import { StudioError } from '../core/error.ts';
import { createArchiveShelf, type ArchiveShelf } from './archives.ts';
import { openPictureCopies, type PictureCopies } from './picture-copies.ts';
import { toStorageError } from './storage-error.ts';

/** Where a whole file's bytes are found after a reload. */
export type FileSource =
  | { readonly kind: 'handle'; readonly handle: FileSystemFileHandle } // the user's own file, read in place
  | { readonly kind: 'copy'; readonly path: string }; // a copy of our own, under its id

/** Where a picture's bytes are found after a reload. */
export type PictureSource =
  | FileSource
  | { readonly kind: 'member'; readonly archiveId: string; readonly archive: FileSource; readonly path: string }; // a file of an archive

/** What the studio does with picture files. */
export interface PictureFiles {
  /** Keeps a picture: a handle as it is, anything else as a copy. */
  keep(id: string, file: File, handle?: FileSystemFileHandle): Promise<FileSource>;
  /**
   * Opens a kept picture.
   *
   * @throws {StudioError} 'permission' when the browser wants to be asked again, 'file-missing' when it is gone
   */
  read(source: PictureSource, name: string): Promise<File>;
  /** Deletes copies; the user's own files are never touched. */
  remove(sources: readonly PictureSource[]): Promise<void>;
  /** Deletes the copies of pictures that are not kept any more. */
  removeOthers(isKept: (id: string) => boolean): Promise<void>;
  /** Asks the browser for access to the user's files again; call it from a click. Returns whether all are open. */
  requestAccess(sources: readonly PictureSource[]): Promise<boolean>;
}

/** A handle with the questions about access that TypeScript's library does not list; only Chromium has them. */
interface AskableHandle extends FileSystemFileHandle {
  queryPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
}

/** Opens a drawer of pictures: the gallery's, or another room's own. */
export function openPictureFiles(folderName = 'pictures'): PictureFiles {
  const copies = openPictureCopies(folderName);
  const shelf = createArchiveShelf();
  return {
    keep: (id, file, handle) => (handle === undefined ? keepCopy(copies, id, file) : Promise.resolve({ kind: 'handle', handle })),
    read: (source, name) => readPicture({ copies, shelf }, source, name),
    remove: (sources) => copies.remove(sources.flatMap((source) => (source.kind === 'copy' ? source.path : []))),
    removeOthers: (isKept) => copies.removeOthers(isKept),
    requestAccess,
  };
}

async function keepCopy(copies: PictureCopies, id: string, file: File): Promise<FileSource> {
  try {
    await copies.save(id, file);
    return { kind: 'copy', path: id };
  } catch (cause) {
    throw toStorageError(file.name, cause);
  }
}

interface Places {
  readonly copies: PictureCopies;
  readonly shelf: ArchiveShelf;
}

async function readPicture(places: Places, source: PictureSource, name: string): Promise<File> {
  if (source.kind !== 'member') return readWhole(places.copies, source, name);
  const { archiveId, archive, path } = source;
  try {
    return await places.shelf.read(archiveId, () => readWhole(places.copies, archive, name), path);
  } catch (cause) {
    throw toStorageError(name, cause);
  }
}

async function readWhole(copies: PictureCopies, source: FileSource, name: string): Promise<File> {
  try {
    if (source.kind === 'handle') {
      if ((await permissionOf(source.handle)) !== 'granted') {
        throw new StudioError('permission', `${name}: after a reload the browser asks again before it opens your files; allow it`);
      }
      return await source.handle.getFile();
    }
    return await copies.read(source.path);
  } catch (cause) {
    throw toStorageError(name, cause);
  }
}

async function requestAccess(sources: readonly PictureSource[]): Promise<boolean> {
  let isOpen = true;
  const archives = new Set<string>();
  for (const picture of sources) {
    if (picture.kind === 'member' && archives.has(picture.archiveId)) continue;
    if (picture.kind === 'member') archives.add(picture.archiveId);
    const source = picture.kind === 'member' ? picture.archive : picture;
    if (source.kind !== 'handle' || (await permissionOf(source.handle)) === 'granted') continue;
    // One question usually opens every file that this page was given before, so the next look says 'granted'.
    const handle: AskableHandle = source.handle;
    const answer = (await handle.requestPermission?.({ mode: 'read' })) ?? 'granted';
    isOpen &&= answer === 'granted';
    if (!isOpen) return false;
  }
  return isOpen;
}

/** Browsers without the question give access with the handle. */
async function permissionOf(handle: AskableHandle): Promise<PermissionState> {
  return (await handle.queryPermission?.({ mode: 'read' })) ?? 'granted';
}
