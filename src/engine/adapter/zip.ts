/** @file Adapters as zips. */

import { defaultArchiveLimits, invalidArchive } from '../../core/archive/file-entry.ts';
import { openZip, type ZipEntry } from '../../core/archive/read-zip.ts';
import { writeZip } from '../../core/archive/write-zip.ts';
import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { unwatched, type AdapterWatch } from './watch.ts';

/** What browsers surely hold in one piece, and Node as well. @unit bytes */
const maxUnpackedBytes = 2e9;

/**
 * Opens a zip as a set of files. Stored ones are read in ranges where they lie, however large they are; packed ones are unpacked into memory when they are
 * first read, and what is not read may have any size: trainers leave the state of an optimiser beside.
 *
 * @throws {StudioError} 'file-invalid' when it is broken or hostile
 */
export async function zipFileSet(source: ByteSource, watch = unwatched): Promise<FileSet> {
  const members = await openZip(source, { ...defaultArchiveLimits, entryBytes: Number.POSITIVE_INFINITY });
  const entries = new Map(members.map((entry) => [entry.path, entry]));
  const opened = new Map<string, ByteSource>(); // unpacking is too dear to be done for each look
  return {
    name: source.name,
    list: () => Promise.resolve([...entries.keys()].sort()),
    open: (path) => {
      const entry = entries.get(path);
      if (!entry) return Promise.resolve(null);
      const known = opened.get(path) ?? openLate(source.name, entry, watch);
      opened.set(path, known);
      return Promise.resolve(known);
    },
  };
}

/** Checks or unpacks a member when it is first read: who only looks whether it is there does not wait for that. */
function openLate(archive: string, entry: ZipEntry, watch: AdapterWatch): ByteSource {
  const { path, byteLength } = entry;
  let opening: Promise<ByteSource> | undefined;
  return {
    name: `${archive}/${path}`,
    byteLength,
    slice: async (start, end) => (await (opening ??= openEntry(archive, entry, watch))).slice(start, end),
  };
}

async function openEntry(archive: string, { path, byteLength, isStored, open }: ZipEntry, watch: AdapterWatch): Promise<ByteSource> {
  if (isStored || byteLength <= maxUnpackedBytes) {
    watch.begin('checking', byteLength);
    return open((count) => watch.step('checking', count));
  }
  throw invalidArchive(
    `${archive}, ${path}`,
    `unpacks to ${(byteLength / 1e9).toFixed(1)} GB, and ${String(maxUnpackedBytes / 1e9)} GB can be unpacked in memory; unpack it and bring in the folder`,
  );
}

/** Packs files into a zip, in pieces. */
export async function zipFiles(files: ReadonlyMap<string, Uint8Array>, watch = unwatched): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const total = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  watch.begin('packing', total);
  const entries = [...files].map(([path, bytes]) => ({ path, kind: 'bytes' as const, read: () => Promise.resolve(bytes) }));
  for await (const piece of writeZip(entries, (count) => watch.step('packing', count))) pieces.push(piece);
  return pieces;
}
