/** @file Where a copy of a model is written on the command line: over no model, and over no file of something else, unasked. */

import { existsSync } from 'node:fs';
import { readdir, realpath, rm, stat } from 'node:fs/promises';
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
  /** Takes away what the older model had and the new one has not. */
  removeOlder(written: BundleManifest): Promise<void>;
}

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
      for (const name of ['manifest.json', '.unfinished']) await remove(join(out, name));
    },
    removeOlder: async ({ shards, files }) => {
      const kept = new Set([...shards, ...files].map(({ path }) => path));
      for (const { path } of [...(older?.shards ?? []), ...(older?.files ?? [])]) if (!kept.has(path)) await remove(join(out, path));
    },
  };
}

/** Names that every model has. */
function isOfModel(name: string): boolean {
  return name === 'manifest.json' || name === '.unfinished' || /^weights-\d+\.bin(?:\.part)?$/u.test(name);
}

function sayWhatLies(names: readonly string[]): string {
  if (names.includes('.unfinished')) return 'an unfinished conversion lies here';
  if (names.includes('manifest.json')) return 'a model lies here already';
  const most = 3;
  const listed = names.length > most ? `${names.slice(0, most).join(', ')} and ${String(names.length - most)} more` : names.join(', ');
  return `${listed} ${names.length === 1 ? 'lies' : 'lie'} here already, and the copy has ${names.length === 1 ? 'a file' : 'files'} of that name`;
}

/** What cannot be read names nothing that could be taken away. */
async function readOlder(out: string): Promise<BundleManifest | null> {
  try {
    const file = await folderFiles(out).open('manifest.json');
    return file && readManifest(await readJsonObject(file, maxManifestBytes), out);
  } catch {
    return null;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((cause: unknown) => {
    throw systemError(cause, path);
  });
}
