/** @file Folders with a model: picked or dropped, with the paths of their files. */

import type { GivenFile } from '../../../workers/models-api.ts';
import type { GivenFolder } from './given-folder.ts';
import { isModelArchive, readModelArchive } from './model-archive.ts';

/** Lets the user choose a folder; undefined when none was chosen. */
export async function pickModelFolder(): Promise<GivenFolder | undefined> {
  if (window.showDirectoryPicker === undefined) return pickByField();
  try {
    const handle = await window.showDirectoryPicker({ mode: 'read' });
    return { name: handle.name, files: await readHandle(handle) };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined; // a closed picker is an answer
    throw error;
  }
}

/**
 * Takes the first folder of a drop, or its first archive; undefined where there is neither. Call it within the event: the browser empties the
 * transfer afterwards.
 *
 * @throws {StudioError} 'file-invalid' for an archive without a model
 */
export async function readDroppedFolder(transfer: DataTransfer): Promise<GivenFolder | undefined> {
  const archive = [...transfer.files].find(isModelArchive);
  const entries = [...transfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  const folder = entries.find((entry): entry is FileSystemDirectoryEntry => entry?.isDirectory === true);
  if (folder !== undefined) return { name: folder.name, files: await readEntry(folder) };
  return archive && readModelArchive(archive);
}

/** Models lie flat: folders within are other formats of the same weights. */
async function readHandle(folder: FileSystemDirectoryHandle): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  for await (const handle of folder.values()) {
    if (handle.kind === 'file') files.push({ path: handle.name, file: await handle.getFile() });
  }
  return files;
}

async function readEntry(folder: FileSystemDirectoryEntry): Promise<GivenFile[]> {
  const reader = folder.createReader();
  const files: GivenFile[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const entry of some) {
      if (!entry.isFile) continue;
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      files.push({ path: entry.name, file });
    }
  }
}

function pickByField(): Promise<GivenFolder | undefined> {
  const field = document.createElement('input');
  field.type = 'file';
  field.webkitdirectory = true;
  return new Promise((resolve) => {
    field.addEventListener('cancel', () => resolve(undefined));
    field.addEventListener('change', () => {
      const files = [...(field.files ?? [])].map((file) => ({ path: file.webkitRelativePath, file }));
      const flat = files
        .filter(({ path }) => path.split('/').length === 2)
        .map(({ path, file }) => ({ path: path.split('/')[1] ?? path, file }));
      resolve(flat.length === 0 ? undefined : { name: files[0]?.path.split('/')[0] ?? 'folder', files: flat });
    });
    field.click();
  });
}
