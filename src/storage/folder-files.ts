/** @file Files of a folder that the user has picked: written whole or not at all, never over something that changed unseen. */

import { StudioError } from '../core/error.ts';
import { toStorageError } from './storage-error.ts';

/** Tells one state of a file from another without reading it. */
export interface FileStamp {
  readonly lastModified: number;
  readonly sizeBytes: number;
}

/** A folder with the questions about access that TypeScript's library does not list; only Chromium has them. */
interface AskableFolder extends FileSystemDirectoryHandle {
  queryPermission?(descriptor: { mode: 'readwrite' }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: 'readwrite' }): Promise<PermissionState>;
}

/** Whether the folder may be written to without asking; after a reload most browsers want to be asked again. */
export async function isWritingAllowed(folder: AskableFolder): Promise<boolean> {
  return ((await folder.queryPermission?.({ mode: 'readwrite' })) ?? 'granted') === 'granted';
}

/** Asks for leave to write; call it from a click. @throws {StudioError} 'permission' when it is refused */
export async function requestWriting(folder: AskableFolder): Promise<void> {
  const answer = (await folder.requestPermission?.({ mode: 'readwrite' })) ?? 'granted';
  if (answer !== 'granted')
    throw new StudioError('permission', `${folder.name}: the browser was not allowed to write into this folder; allow it`);
}

/** Gives the stamp of a file, or null where there is none. @throws {StudioError} 'permission' */
export async function stampOf(folder: FileSystemDirectoryHandle, path: string): Promise<FileStamp | null> {
  const file = await openFile(folder, path);
  return file === null ? null : { lastModified: file.lastModified, sizeBytes: file.size };
}

/** Opens a file below a folder, or gives null where there is none. @throws {StudioError} 'permission' */
export async function openFile(folder: FileSystemDirectoryHandle, path: string): Promise<File | null> {
  try {
    const { parent, name } = await walk(folder, path, false);
    return await (await parent.getFileHandle(name)).getFile();
  } catch (cause) {
    if (cause instanceof DOMException && (cause.name === 'NotFoundError' || cause.name === 'TypeMismatchError')) return null;
    throw toStorageError(path, cause);
  }
}

/**
 * Writes a file below a folder, with the folders that it needs. The browser writes beside the old file and puts the new one in its place
 * at the end: what fails leaves the old one as it was.
 *
 * @throws {StudioError} 'permission', 'storage-full'
 */
export async function writeFile(
  folder: FileSystemDirectoryHandle,
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<FileStamp> {
  try {
    const { parent, name } = await walk(folder, path, true);
    const isNew = (await openFile(parent, name)) === null;
    const handle = await parent.getFileHandle(name, { create: true });
    try {
      await writeHandle(handle, chunks);
    } catch (error) {
      // An empty file in a place where there was none would be half of something.
      if (isNew) await removeUnfinished(parent, name);
      throw error;
    }
    const { lastModified, size } = await handle.getFile();
    return { lastModified, sizeBytes: size };
  } catch (cause) {
    throw toStorageError(path, cause);
  }
}

/** Takes a file away whose writing failed; the browser may hold it for a moment longer than the writer. */
async function removeUnfinished(parent: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (const waitMs of [0, 20, 100, 500]) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const isGone = await parent.removeEntry(name).then(
      () => true,
      (error: unknown) => !(error instanceof DOMException) || error.name !== 'NoModificationAllowedError',
    );
    if (isGone) return;
  }
}

/** Writes a whole file through its handle; on a failure the old one stays. */
export async function writeHandle(handle: FileSystemFileHandle, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const writer = await handle.createWritable();
  try {
    for await (const chunk of chunks) await writer.write(new Uint8Array(chunk));
    await writer.close();
  } catch (error) {
    await writer.abort().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function walk(
  folder: FileSystemDirectoryHandle,
  path: string,
  create: boolean,
): Promise<{ readonly parent: FileSystemDirectoryHandle; readonly name: string }> {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  let parent = folder;
  for (const part of parts) parent = await parent.getDirectoryHandle(part, { create });
  return { parent, name };
}
