/** @file A kept model as one file or as a folder, to be hosted elsewhere. */

import { blockBytes, writeTarHeader } from '../core/archive/tar-header.ts';
import { readModelFolder } from './model-folders.ts';
import { toStorageError } from './storage-error.ts';

/** Packs a model as a tar archive; its bytes stay where they are until the file is written. */
export async function packModel(id: string, name: string): Promise<Blob> {
  const parts: BlobPart[] = [];
  for (const { path, file } of await readModelFolder(id)) {
    const padding = (blockBytes - (file.size % blockBytes)) % blockBytes;
    parts.push(writeTarHeader(`${name}/${path}`, file.size) as Uint8Array<ArrayBuffer>, file, new Uint8Array(padding));
  }
  return new Blob([...parts, new Uint8Array(2 * blockBytes)], { type: 'application/x-tar' });
}

/** Copies a model's files into a folder of the user's. @throws {StudioError} 'permission' or 'storage-full' as the system refuses */
export async function copyModelInto(
  id: string,
  folder: FileSystemDirectoryHandle,
  onBytes: (done: number, total: number) => void,
): Promise<void> {
  const files = await readModelFolder(id);
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  for (const { path, file } of files) {
    try {
      const handle = await folder.getFileHandle(path, { create: true });
      await file.stream().pipeTo(await handle.createWritable());
    } catch (cause) {
      throw toStorageError(path, cause);
    }
    done += file.size;
    onBytes(done, total);
  }
}
