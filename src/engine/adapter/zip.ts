/** @file Adapters as zips. */

import { openZip } from '../../core/archive/read-zip.ts';
import { writeZip } from '../../core/archive/write-zip.ts';
import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { memorySource } from '../../core/codec/byte-source.ts';

/**
 * Opens a zip as a set of files.
 *
 * @throws {StudioError} 'file-invalid' when it is broken or hostile
 */
export async function zipFileSet(source: ByteSource): Promise<FileSet> {
  const entries = new Map((await openZip(source)).map((entry) => [entry.path, entry]));
  return {
    name: source.name,
    list: () => Promise.resolve([...entries.keys()].sort()),
    open: async (path) => {
      const entry = entries.get(path);
      return entry ? memorySource(`${source.name}/${path}`, await entry.read()) : null;
    },
  };
}

/** Packs files into a zip, in pieces. */
export async function zipFiles(files: ReadonlyMap<string, Uint8Array>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const entries = [...files].map(([path, bytes]) => ({ path, kind: 'bytes' as const, read: () => Promise.resolve(bytes) }));
  for await (const piece of writeZip(entries)) pieces.push(piece);
  return pieces;
}
