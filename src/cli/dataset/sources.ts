/** @file Opens what a data set lies in: folders, archives, single files, any number of them together. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import type { FileEntry } from '../../core/archive/file-entry.ts';
import { openZip } from '../../core/archive/read-zip.ts';
import { isPicturePath } from '../../core/dataset/picture-name.ts';
import { openShards } from '../../core/dataset/read/open-shards.ts';
import { StudioError } from '../../core/error.ts';
import { fileSource } from '../node-files.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** What a file looked like when it was read, to see whether it changed since. */
export interface FileStamp {
  readonly byteLength: number;
  readonly modifiedMs: number;
}

/** A file of a data set. */
export interface SourceFile extends FileEntry {
  /** Where it lies on the disk; null within an archive. */
  readonly place: string | null;
}

/** What was opened. */
export interface OpenSources {
  readonly files: readonly SourceFile[];
  /** The folder, where there is only that one: captions can be written beside the pictures. */
  readonly folder: string | null;
  /** A name for the data set. */
  readonly name: string;
  /** Stamps by full path. */
  readonly stamps: ReadonlyMap<string, FileStamp>;
  /** Files whose names are in no encoding that can be opened. */
  readonly unopened: readonly string[];
}

/**
 * Opens places in their order. A path that comes twice keeps its first file, and the later one gets its place's name in front.
 *
 * @throws {StudioError} 'file-missing', 'permission', 'file-invalid' naming the place
 */
export async function openSources(places: readonly string[]): Promise<OpenSources> {
  const files = new Map<string, SourceFile>();
  const stamps = new Map<string, FileStamp>();
  const unopened: string[] = [];
  let folder: string | null = null;
  for (const place of places) {
    const facts = await stat(place).catch((cause: unknown) => {
      throw systemError(cause, place);
    });
    if (facts.isDirectory()) folder = places.length === 1 || folder === null ? resolve(place) : folder;
    for (const file of await openPlace(place, facts.isDirectory(), { stamps, unopened })) {
      const path = files.has(file.path) ? `${parse(place).name}/${file.path}` : file.path;
      if (!files.has(path)) files.set(path, { ...file, path });
    }
  }
  return { files: [...files.values()], folder, name: parse(resolve(places[0] ?? '.')).name, stamps, unopened };
}

/** Takes a file's stamp, or null where there is no file. */
export async function stampOf(path: string): Promise<FileStamp | null> {
  const facts = await stat(path).catch(() => null);
  return facts?.isFile() === true ? { byteLength: facts.size, modifiedMs: facts.mtimeMs } : null;
}

/** What is noted while places are opened. */
interface Notes {
  readonly stamps: Map<string, FileStamp>;
  readonly unopened: string[];
}

async function openPlace(place: string, isFolder: boolean, notes: Notes): Promise<readonly SourceFile[]> {
  if (isArchive(place) && !isFolder) return openArchive(place);
  if (/\.(?:t?gz|t?bz2|t?xz|zst|7z|rar)$/iu.test(place) && !isFolder) {
    throw new StudioError(
      'argument-invalid',
      `${place}: is packed in a way that cannot be read in parts; unpack it first, or pack it as .zip or .tar`,
    );
  }
  if (!isFolder) return [await openFile(dirname(place), place, notes.stamps)].filter((file) => file !== null);
  const files = await openFolder(place, notes);
  const archives = files.filter(({ path }) => isArchive(path));
  // A folder of shards is a data set; archives beside pictures are somebody's copies.
  if (archives.length === 0 || files.some(({ path }) => isPicturePath(path))) return files;
  const members = new Map<string, SourceFile>();
  for (const archive of archives) {
    for (const member of await openArchive(join(place, archive.path))) {
      const path = members.has(member.path) ? `${parse(archive.path).name}/${member.path}` : member.path;
      members.set(path, { ...member, path });
    }
  }
  return [...files.filter(({ path }) => !isArchive(path)), ...members.values()];
}

function isArchive(path: string): boolean {
  return /\.(?:tar|zip)$/iu.test(path);
}

async function openArchive(place: string): Promise<readonly SourceFile[]> {
  const source = await fileSource(place);
  const entries = place.toLowerCase().endsWith('.zip') ? await openZip(source) : await openShards(source);
  return entries.map((entry) => ({ ...entry, place: null }));
}

const names = new Intl.Collator('en', { numeric: true });

async function openFolder(folder: string, { stamps, unopened }: Notes): Promise<readonly SourceFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw systemError(cause, isSystemError(cause) ? (cause.path ?? folder) : folder);
  });
  const places = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  places.sort(names.compare);
  const files: SourceFile[] = [];
  for (let at = 0; at < places.length; at += statsAtOnce) {
    const some = await Promise.all(places.slice(at, at + statsAtOnce).map((place) => openFile(folder, place, stamps)));
    files.push(...some.filter((file) => file !== null));
  }
  // What stands for letters that are none in UTF-8 is in no name of a file that can be opened.
  const opened = new Set(files.map(({ path }) => path));
  unopened.push(...places.map((place) => toPath(folder, place)).filter((path) => path.includes('\uFFFD') && !opened.has(path)));
  return files;
}

/** Disks answer side by side. */
const statsAtOnce = 64;

/** Opens a file; a folder behind a link, and a link that leads nowhere, are none. */
async function openFile(root: string, place: string, stamps: Map<string, FileStamp>): Promise<SourceFile | null> {
  const stamp = await stampOf(place);
  if (stamp === null) return null;
  stamps.set(resolve(place), stamp);
  const path = toPath(root, place);
  return {
    path,
    place: resolve(place),
    byteLength: stamp.byteLength,
    read: () =>
      readFile(place).then(
        (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        (cause: unknown) => {
          throw systemError(cause, place);
        },
      ),
  };
}

function toPath(root: string, place: string): string {
  return relative(root, place).split(sep).join('/') || basename(place);
}
