/** @file The weights of models in the browser's private file system: one folder a model, read as files. */

import { areFilesRefused } from './refusal.ts';
import { toStorageError } from './storage-error.ts';

/** A file of a model; its bytes stay on the disk until they are read. */
export interface ModelFile {
  readonly path: string;
  readonly file: File;
}

const folderName = 'models';

/** Lists the files of a model; none for a model that is not kept here. */
export async function readModelFolder(id: string): Promise<readonly ModelFile[]> {
  if (await areFilesRefused()) return [];
  try {
    return await listFiles(await (await modelsFolder()).getDirectoryHandle(id));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw toStorageError(`models/${id}`, cause);
  }
}

/** Lists the files that lie in a folder itself, by their names. */
export async function listFiles(folder: FileSystemDirectoryHandle): Promise<readonly ModelFile[]> {
  const files: ModelFile[] = [];
  for await (const handle of folder.values()) {
    if (handle.kind === 'file') files.push({ path: handle.name, file: await handle.getFile() });
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Deletes a model's files; there may be none. @throws {StudioError} 'internal' while another tab still writes them */
export async function removeModelFolder(id: string): Promise<void> {
  if (await areFilesRefused()) return;
  try {
    await (await modelsFolder()).removeEntry(id, { recursive: true });
  } catch (cause) {
    if (!isMissing(cause)) throw toStorageError(`models/${id}`, cause);
  }
}

/** Lists the ids of all folders, to find those that no record speaks of. */
export async function modelFolderIds(): Promise<readonly string[]> {
  if (await areFilesRefused()) return [];
  const ids: string[] = [];
  for await (const name of (await modelsFolder()).keys()) ids.push(name);
  return ids;
}

/** Opens the folder that all models lie in. */
export async function modelsFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(folderName, { create: true });
}

function isMissing(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'NotFoundError';
}
