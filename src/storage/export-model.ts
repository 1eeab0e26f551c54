/** @file A model's files as one archive or as a folder, to be hosted elsewhere. */

import { blockBytes, writeTarHeader } from '../core/archive/tar-header.ts';
import { StudioError } from '../core/error.ts';
import { writeFile } from './folder-files.ts';
import { toStorageError } from './storage-error.ts';

/** A file of a model; its bytes stay where they are until they are read. */
export interface ExportedFile {
  readonly path: string;
  readonly file: Blob;
}

/** What copying is told, and tells. */
export interface CopyEvents {
  readonly signal: AbortSignal;
  /** @unit bytes */
  readonly onProgress: (done: number, total: number) => void;
}

const manifestPath = 'manifest.json';

/** Packs files as a tar archive with one folder in it. */
export function packFiles(files: readonly ExportedFile[], folderName: string): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of files) {
    const padding = (blockBytes - (file.size % blockBytes)) % blockBytes;
    parts.push(writeTarHeader(`${folderName}/${path}`, file.size) as Uint8Array<ArrayBuffer>, file, new Uint8Array(padding));
  }
  return new Blob([...parts, new Uint8Array(2 * blockBytes)], { type: 'application/x-tar' });
}

/**
 * Copies files into a new folder within one of the user's, the manifest last, so that a folder that has one is whole. What is there already is
 * left alone: where the name is taken, a number follows it. A copy that fails or is called off is deleted again.
 *
 * @returns the new folder's name
 * @throws {StudioError} 'cancelled', and 'permission' or 'storage-full' as the system refuses
 */
export async function copyFilesInto(
  files: readonly ExportedFile[],
  root: FileSystemDirectoryHandle,
  wantedName: string,
  { signal, onProgress }: CopyEvents,
): Promise<string> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  const counting = async function* (path: string, file: Blob): AsyncGenerator<Uint8Array> {
    const reader = file.stream().getReader();
    try {
      for (let part = await reader.read(); part.value; part = await reader.read()) {
        if (signal.aborted) throw new StudioError('cancelled', `${path}: the copy was called off`);
        yield part.value;
        done += part.value.byteLength;
        onProgress(done, total);
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  };
  const name = await freeName(root, wantedName);
  try {
    const folder = await root.getDirectoryHandle(name, { create: true });
    for (const { path, file } of files.toSorted((a, b) => Number(a.path === manifestPath) - Number(b.path === manifestPath))) {
      await writeFile(folder, path, counting(path, file));
    }
    return name;
  } catch (cause) {
    await root.removeEntry(name, { recursive: true }).catch(() => undefined); // the first error is the one to tell
    throw toStorageError(`${root.name}/${name}`, cause);
  }
}

async function freeName(root: FileSystemDirectoryHandle, wanted: string): Promise<string> {
  const taken = new Set<string>();
  try {
    for await (const name of root.keys()) taken.add(name.toLowerCase()); // most systems tell no small letters from large ones
  } catch (cause) {
    throw toStorageError(root.name, cause);
  }
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${String(number)}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}
