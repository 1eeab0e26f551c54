/** @file Finds the pictures that arguments mean: files, folders, tar archives. */

import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { StudioError } from '../core/error.ts';
import { isPictureName } from './decode-picture.ts';

/** One picture that was found. */
export interface PictureInput {
  /** Its path below the argument that it was found by, with forward slashes: what results call it. */
  readonly file: string;
  /** The file beside which a sidecar goes; null within an archive. */
  readonly path: string | null;
  readonly read: () => Promise<Uint8Array>;
}

/** A picture within a tar may not be larger; beyond, it is no picture. @unit bytes */
const maxMemberBytes = 512 * 2 ** 20;

/**
 * Lists the pictures of all arguments in order; folders and archives in the order of names.
 *
 * @throws {StudioError} 'file-missing' naming the argument that is not there
 */
export async function findPictures(places: readonly string[]): Promise<readonly PictureInput[]> {
  const found: PictureInput[] = [];
  for (const place of places) found.push(...(await findAt(place)));
  return found;
}

async function findAt(place: string): Promise<readonly PictureInput[]> {
  const facts = await stat(place).catch((cause: unknown) => {
    throw new StudioError('file-missing', `${place}: there is no such file or folder`, { cause });
  });
  if (facts.isDirectory()) return findInFolder(place);
  if (place.toLowerCase().endsWith('.tar')) return findInTar(place);
  return [fileInput(dirname(place), place)];
}

async function findInFolder(folder: string): Promise<readonly PictureInput[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isPictureName(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => fileInput(folder, path));
}

function fileInput(root: string, path: string): PictureInput {
  return { file: relative(root, path).split(sep).join('/') || basename(path), path, read: () => readFile(path) };
}

/** Archives are read into memory: members come in the order of the archive, and batches want them again out of order. */
async function findInTar(path: string): Promise<readonly PictureInput[]> {
  const members: PictureInput[] = [];
  const archive = extract();
  createReadStream(path).pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, type, size } = entry.header;
      if (type !== 'file' || !isPictureName(name) || (size ?? 0) > maxMemberBytes) {
        entry.resume();
        continue;
      }
      const bytes = await buffer(entry);
      members.push({ file: name, path: null, read: () => Promise.resolve(bytes) });
    }
  } catch (cause) {
    throw new StudioError('file-invalid', `${path}: is no whole tar archive (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  }
  return members;
}
