/** @file Where a copy of a model is written on the command line: over no model, and over no file of something else, unasked. */

import { existsSync } from 'node:fs';
import { lstat, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonObject } from '../core/codec/json.ts';
import { StudioError } from '../core/error.ts';
import { readManifest, type BundleManifest } from '../../models/bundle.ts';
import { folderFiles } from './node-files.ts';
import { isSystemError, systemError } from './system-error.ts';

/** What is asked of a place. */
export interface ModelPlaceRequest {
  readonly out: string;
  /** The model's folder, which is read while the copy is written. */
  readonly base: string;
  /** Files that the copy has beside its manifest and weights. */
  readonly sideFiles: readonly string[];
  readonly isForced: boolean;
}

/** A place that may be written to. */
export interface ModelPlace {
  /** Makes the model that lies there none: half of a copy over it would be neither. */
  begin(): Promise<void>;
  /** Takes away files that the older model had and the new one has not, and weights that a copy which was broken off left; folders and links stay. */
  removeOlder(written: BundleManifest): Promise<void>;
}

const manifestName = 'manifest.json';
const weightsName = /^weights-\d+\.bin(?:\.part)?$/u;

/** A manifest of a model with 100,000 tensors takes less. @unit bytes */
const maxManifestBytes = 64 * 2 ** 20;

/**
 * Looks at the place of a copy, which may hold files that are no part of one; nothing is changed yet.
 *
 * @throws {StudioError} 'argument-invalid' where a file, the model itself, another model or an unfinished one lies there, or files that would be
 * written over, unless that was asked for; the first two are refused always
 */
export async function openModelPlace({ out, base, sideFiles, isForced }: ModelPlaceRequest): Promise<ModelPlace> {
  const refuse = (what: string): StudioError => new StudioError('argument-invalid', `${out}: ${what}`);
  const facts = await stat(out).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'ENOENT') return null;
    throw systemError(cause, out);
  });
  if (facts?.isDirectory() === false) throw refuse('a file lies here, where a folder is to be; choose another --out');
  if (facts !== null && (await realpath(out)) === (await realpath(base)))
    throw refuse('the model itself lies here, and is read while the copy is written; choose another --out');
  const names = facts === null ? [] : (await readdir(out)).filter(isOfModel);
  const inTheWay = [...names, ...sideFiles.filter((path) => existsSync(join(out, path)))].sort();
  if (inTheWay.length > 0 && !isForced) throw refuse(`${sayWhatLies(inTheWay)}; choose another --out, or say --force to write over it`);
  const older = await readOlder(out);
  return {
    begin: async () => {
      for (const name of [manifestName, '.unfinished']) await remove(join(out, name), { isFolder: true });
    },
    removeOlder: async ({ shards, files }) => {
      const kept = new Set([manifestName, ...[...shards, ...files].map(({ path }) => path)]);
      const named = [...(older?.shards ?? []), ...(older?.files ?? [])].map(({ path }) => path);
      const leftOver = isForced ? (await readdir(out)).filter((name) => weightsName.test(name)) : [];
      for (const path of [...named, ...leftOver])
        if (!kept.has(path) && (await isPlainFile(out, path))) await remove(join(out, path), { isFolder: false });
    },
  };
}

/** Names that every model has. */
function isOfModel(name: string): boolean {
  return name === manifestName || name === '.unfinished' || weightsName.test(name);
}

function sayWhatLies(names: readonly string[]): string {
  if (names.includes('.unfinished')) return 'an unfinished conversion lies here';
  if (names.includes(manifestName)) return 'a model lies here already';
  const most = 3;
  const listed = names.length > most ? `${names.slice(0, most).join(', ')} and ${String(names.length - most)} more` : names.join(', ');
  return `${listed} ${names.length === 1 ? 'lies' : 'lie'} here already, and the copy has ${names.length === 1 ? 'a file' : 'files'} of that name`;
}

/** What cannot be read names nothing that could be taken away. */
async function readOlder(out: string): Promise<BundleManifest | null> {
  try {
    const file = await folderFiles(out).open(manifestName);
    return file && readManifest(await readJsonObject(file, maxManifestBytes), out);
  } catch {
    return null;
  }
}

/** The older manifest may come from anywhere, and other capitals may name a new file: only what lies under the very name, behind no link, may go. */
async function isPlainFile(folder: string, path: string): Promise<boolean> {
  try {
    const place = join(await realpath(folder), path);
    return (await realpath(place)) === place && (await lstat(place)).isFile();
  } catch {
    return false;
  }
}

async function remove(path: string, { isFolder }: { readonly isFolder: boolean }): Promise<void> {
  await rm(path, { recursive: isFolder, force: true }).catch((cause: unknown) => {
    throw systemError(cause, path);
  });
}
