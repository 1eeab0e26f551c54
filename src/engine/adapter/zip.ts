/** @file Adapters as zips. */

import { defaultArchiveLimits, invalidArchive } from '../../core/archive/file-entry.ts';
import { openZip, type ZipEntry } from '../../core/archive/read-zip.ts';
import { writeZip } from '../../core/archive/write-zip.ts';
import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';

/** What browsers surely hold in one piece, and Node as well. @unit bytes */
const maxUnpackedBytes = 2e9;

/**
 * Opens a zip as a set of files. Stored ones are read in ranges where they lie, however large they are; packed ones are unpacked into memory when they are
 * first read, and what is not read may have any size: trainers leave the state of an optimiser beside.
 *
 * @throws {StudioError} 'file-invalid' when it is broken or hostile
 */
export async function zipFileSet(source: ByteSource): Promise<FileSet> {
  const members = await openZip(source, { ...defaultArchiveLimits, entryBytes: Number.POSITIVE_INFINITY });
  const entries = new Map(members.map((entry) => [entry.path, entry]));
  const opened = new Map<string, ByteSource>(); // unpacking is too dear to be done for each look
  return {
    name: source.name,
    list: () => Promise.resolve([...entries.keys()].sort()),
    open: (path) => {
      const entry = entries.get(path);
      if (!entry) return Promise.resolve(null);
      const known = opened.get(path) ?? openLate(source.name, entry);
      opened.set(path, known);
      return Promise.resolve(known);
    },
  };
}

/** Checks or unpacks a member when it is first read: who only looks whether it is there does not wait for that. */
function openLate(archive: string, entry: ZipEntry): ByteSource {
  const { path, byteLength } = entry;
  let opening: Promise<ByteSource> | undefined;
  return {
    name: `${archive}/${path}`,
    byteLength,
    slice: async (start, end) => (await (opening ??= openEntry(archive, entry))).slice(start, end),
  };
}

async function openEntry(archive: string, { path, byteLength, isStored, open }: ZipEntry): Promise<ByteSource> {
  if (isStored || byteLength <= maxUnpackedBytes) return open();
  throw invalidArchive(
    `${archive}, ${path}`,
    `unpacks to ${(byteLength / 1e9).toFixed(1)} GB, and ${String(maxUnpackedBytes / 1e9)} GB can be unpacked in memory; unpack it and bring in the folder`,
  );
}

/** Packs files into a zip, in pieces. */
export async function zipFiles(files: ReadonlyMap<string, Uint8Array>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const entries = [...files].map(([path, bytes]) => ({ path, kind: 'bytes' as const, read: () => Promise.resolve(bytes) }));
  for await (const piece of writeZip(entries)) pieces.push(piece);
  return pieces;
}
