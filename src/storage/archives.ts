/** @file Archives of pictures: read in place, member by member, so that none has to be unpacked as a whole. */

import type { FileEntry } from '../core/archive/file-entry.ts';
import { openZip } from '../core/archive/read-zip.ts';
import type { ByteSource } from '../core/codec/byte-source.ts';
import { openShards } from '../core/dataset/read/open-shards.ts';
import { StudioError } from '../core/error.ts';

/** Whether a file calls itself an archive that can be opened; a packed tar counts, for its error says what to do. */
export function isArchiveName(name: string): boolean {
  return /\.(?:zip|cbz|tar|tgz|tar\.(?:gz|bz2|xz|zst))$/iu.test(name);
}

/** Makes a byte source of a file that is read in ranges. */
export function fileSource(file: File): ByteSource {
  return {
    name: file.name,
    byteLength: file.size,
    slice: async (start, end) => {
      if (start < 0 || end < start || end > file.size) {
        throw new StudioError(
          'file-invalid',
          `${file.name}: range ${String(start)}–${String(end)} is outside of its ${String(file.size)} bytes`,
        );
      }
      return new Uint8Array(await file.slice(start, end).arrayBuffer());
    },
  };
}

/**
 * Lists an archive's files, those of shards within it in their place; their bytes are read when they are asked for.
 *
 * @throws {StudioError} 'file-invalid' when it is broken, packed in a way that is not read, or hostile
 */
export async function openArchive(file: File): Promise<readonly FileEntry[]> {
  const isZip = /\.(?:zip|cbz)$/iu.test(file.name);
  return isZip ? openZip(fileSource(file)) : openShards(fileSource(file));
}

/** Gives members of archives that stay open for a while: listing one anew for each picture would read its headers again and again. */
export interface ArchiveShelf {
  /**
   * Reads one member.
   *
   * @throws {StudioError} 'file-missing' when the archive has no such member any more
   */
  read(archiveId: string, openFile: () => Promise<File>, path: string): Promise<File>;
}

/** Archives that are kept open at once. */
const maxOpen = 64;

/** Makes a shelf without archives. */
export function createArchiveShelf(): ArchiveShelf {
  const open = new Map<string, Promise<ReadonlyMap<string, FileEntry>>>();
  return {
    read: async (archiveId, openFile, path) => {
      let listing = open.get(archiveId);
      if (listing === undefined) {
        listing = openFile().then(async (file) => new Map((await openArchive(file)).map((entry) => [entry.path, entry])));
        // A refused access may be allowed later.
        listing.catch(() => open.delete(archiveId));
        open.set(archiveId, listing);
        for (const oldest of open.keys()) if (open.size > maxOpen) open.delete(oldest);
      }
      const entry = (await listing).get(path);
      if (entry === undefined) throw new StudioError('file-missing', `${path}: the archive has no such picture any more; add it again`);
      return new File([await entry.read()], path.slice(path.lastIndexOf('/') + 1));
    },
  };
}
