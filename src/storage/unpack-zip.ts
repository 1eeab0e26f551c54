/** @file A zip of a few files, laid out in a folder of the user's. */

import { openZip } from '../core/archive/read-zip.ts';
import { memorySource } from '../core/codec/byte-source.ts';
import { toStorageError } from './storage-error.ts';

/** Writes the files of a flat zip into a folder; each is whole or not there. @throws {StudioError} 'file-invalid', 'permission', 'storage-full' */
export async function unpackInto(folder: FileSystemDirectoryHandle, zip: Blob): Promise<void> {
  for (const { path, read } of await openZip(memorySource(folder.name, new Uint8Array(await zip.arrayBuffer())))) {
    const bytes = await read();
    try {
      const handle = await folder.getFileHandle(path, { create: true });
      const file = await handle.createWritable();
      await file.write(new Uint8Array(bytes));
      await file.close();
    } catch (cause) {
      throw toStorageError(path, cause);
    }
  }
}
