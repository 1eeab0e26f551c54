/** @file Where a model's files go when it is handed on. */

import { copyFilesInto, packFiles, type CopyEvents, type ExportedFile } from '../../../storage/export-model.ts';
import { readModelFolder } from '../../../storage/model-folders.ts';
import { StudioError } from '../../../core/error.ts';
import { saveBlob } from '../../intake/take-out.ts';
import type { ModelsThread } from '../../models.ts';
import type { ModelEntry } from './model-entry.ts';

/** Saves a model as one file in the user's downloads. @throws {StudioError} 'file-missing' when its files are gone */
export async function saveAsFile(thread: ModelsThread, entry: ModelEntry): Promise<void> {
  const name = plainName(entry.name);
  saveBlob(`${name}.tar`, packFiles(await filesOf(thread, entry), name));
}

/** Lets the user pick a folder to copy into; undefined when none was picked. Call it from a click. */
export async function pickTarget(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await window.showDirectoryPicker?.({ mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined; // a closed picker is an answer
    throw error;
  }
}

/** Copies a model into a new folder within the picked one and gives where it lies. @throws {StudioError} what `copyFilesInto` throws */
export async function copyOut(
  thread: ModelsThread,
  entry: ModelEntry,
  root: FileSystemDirectoryHandle,
  events: CopyEvents,
): Promise<string> {
  const name = await copyFilesInto(await filesOf(thread, entry), root, plainName(entry.name), events);
  return `${root.name === '' ? '' : `${root.name}/`}${name}`;
}

/** A model that is held in memory has no files on the disk. */
async function filesOf(thread: ModelsThread, { id, name }: ModelEntry): Promise<readonly ExportedFile[]> {
  const files = (await thread.heldFiles(id)) ?? (await readModelFolder(id));
  if (files.length === 0) throw new StudioError('file-missing', `${name}: its files are not here any more; remove it and load it again`);
  return files;
}

/** A name that every system takes for a file. */
function plainName(name: string): string {
  return name.replaceAll(/[^\w.-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/gu, '') || 'model';
}
