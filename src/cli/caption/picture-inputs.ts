/** @file Finds the pictures that arguments mean: files, folders, archives. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { openZip } from '../../core/archive/read-zip.ts';
import { isPicturePath } from '../../core/dataset/picture-name.ts';
import { openShards } from '../../core/dataset/read/open-shards.ts';
import { fileSource } from '../node-files.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** One picture that was found. */
export interface PictureInput {
  /** Its path below the argument that it was found by, with forward slashes: what results call it. */
  readonly file: string;
  /** The file beside which a sidecar goes; null within an archive. */
  readonly path: string | null;
  readonly read: () => Promise<Uint8Array>;
  /** Reads a file that lies where the picture lies, by its name there; null where there is none. */
  readonly readBeside: (name: string) => Promise<Uint8Array | null>;
}

/**
 * Lists the pictures of all arguments in order; folders and archives in the order of names.
 *
 * @throws {StudioError} 'file-missing' naming the argument that is not there
 */
export async function findPictures(places: readonly string[]): Promise<readonly PictureInput[]> {
  const found: PictureInput[] = [];
  for (const place of places) addUnique(found, await findAt(place), place);
  return found;
}

/**
 * Keeps names apart: what a name stands for does not change when arguments are added behind. The first picture of a name keeps it, a later
 * one gets its argument in front; the same file again is left out.
 */
function addUnique(found: PictureInput[], more: readonly PictureInput[], place: string): void {
  const names = new Set(found.map(({ file }) => file));
  const paths = new Set(found.flatMap(({ path }) => (path === null ? [] : [resolve(path)])));
  for (const input of more) {
    if (input.path !== null && paths.has(resolve(input.path))) continue;
    const longer = input.path ?? join(place, input.file);
    const file = names.has(input.file) ? insidePath(longer) : input.file;
    if (names.has(file)) continue; // the same member of the same archive
    names.add(file);
    found.push({ ...input, file });
  }
}

/** Makes of any path one that leads nowhere but down, with forward slashes: results are put under such names below a folder. */
function insidePath(path: string): string {
  return path
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
}

/**
 * Reads a picture's bytes.
 *
 * @throws {StudioError} 'file-missing', 'permission' and what else the system refuses
 */
export function readPicture(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw systemError(cause, path);
  });
}

async function findAt(place: string): Promise<readonly PictureInput[]> {
  const facts = await stat(place).catch((cause: unknown) => {
    throw systemError(cause, place);
  });
  if (facts.isDirectory()) return findInFolder(place);
  if (/\.(?:tar|zip)$/iu.test(place)) return findInArchive(place);
  return [fileInput(dirname(place), place)];
}

async function findInFolder(folder: string): Promise<readonly PictureInput[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw systemError(cause, isSystemError(cause) ? (cause.path ?? folder) : folder);
  });
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isPicturePath(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => fileInput(folder, path));
}

function fileInput(root: string, path: string): PictureInput {
  return {
    file: relative(root, path).split(sep).join('/') || basename(path),
    path,
    read: () => readPicture(path),
    readBeside: (name) => readIfThere(join(dirname(path), name)),
  };
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'ENOENT') return null;
    throw systemError(cause, path);
  }
}

/** Members are read one by one, when they are asked for. */
async function findInArchive(path: string): Promise<readonly PictureInput[]> {
  const source = await fileSource(path);
  const entries = path.toLowerCase().endsWith('.zip') ? await openZip(source) : await openShards(source);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return entries
    .filter((entry) => isPicturePath(entry.path))
    .map((entry) => ({
      file: entry.path,
      path: null,
      read: entry.read,
      readBeside: async (name) => (await byPath.get(posix.join(posix.dirname(entry.path), name))?.read()) ?? null,
    }));
}
