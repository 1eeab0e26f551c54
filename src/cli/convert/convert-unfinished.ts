/** @file What is kept of a conversion until it is done: what was asked for, the work, and how far it is. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/error.ts';
import { emptyJournal, type Journal } from '../../engine/convert/run-plan.ts';
import type { SavedWork } from '../../engine/load/load.ts';
import { makeFolder } from '../make-folder.ts';
import type { ConvertOrigin, KnownStates } from './convert-source.ts';
import { writeWhole } from '../node-files.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** What a command asked for; the same command goes on. */
export interface ConvertRequest {
  readonly source: string;
  readonly hub: string;
  /** null where the source decides. */
  readonly precision: string | null;
  readonly name: string | null;
  readonly licence: string | null;
}

/** A conversion that was begun. */
export interface Begun {
  readonly asked: ConvertRequest;
  readonly origin: ConvertOrigin;
  readonly states: KnownStates;
  readonly work: SavedWork;
}

/** The notes of an unfinished conversion, in a folder of the bundle that goes away at the end. */
export interface Unfinished {
  /** null where nothing was begun. @throws {StudioError} 'file-invalid' when the notes are damaged */
  read(): Promise<(Begun & { readonly journal: Journal }) | null>;
  begin(begun: Begun): Promise<void>;
  readonly keep: (journal: Journal) => Promise<void>;
  remove(): Promise<void>;
}

const formatVersion = 1;

/** Opens the notes of a bundle's folder. */
export function openUnfinished(bundle: string): Unfinished {
  const folder = join(bundle, '.unfinished');
  const workPath = join(folder, 'work.json');
  const journalPath = join(folder, 'journal.json');
  return {
    read: async () => {
      const begun = await readJson(workPath);
      if (begun === null) return null;
      const journal = (await readJson(journalPath)) ?? emptyJournal;
      if (!isBegun(begun) || !isJournal(journal)) throw damaged(workPath);
      return { ...begun, journal };
    },
    begin: async (begun) => {
      await remove(folder);
      // What lies here was another model: from now on it is none.
      await remove(join(bundle, 'manifest.json'));
      try {
        makeFolder(folder);
      } catch (cause) {
        throw systemError(cause, folder);
      }
      await writeWhole(workPath, JSON.stringify({ formatVersion, ...begun }));
    },
    keep: (journal) => writeWhole(journalPath, JSON.stringify(journal)),
    remove: () => remove(folder),
  };
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((cause: unknown) => {
    throw systemError(cause, path);
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    if (isSystemError(cause) && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return null;
    throw isSystemError(cause) ? systemError(cause, path) : damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): StudioError {
  return new StudioError('file-invalid', `${path}: is not what was written there; begin anew with --restart`, { cause });
}

/** The notes are our own: their version tells whether they are to be believed. */
function isBegun(value: unknown): value is Begun {
  return typeof value === 'object' && value !== null && 'formatVersion' in value && value.formatVersion === formatVersion;
}

function isJournal(value: unknown): value is Journal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'steps' in value &&
    Number.isSafeInteger(value.steps) &&
    'hashes' in value &&
    Array.isArray(value.hashes) &&
    value.hashes.every((hash) => typeof hash === 'string')
  );
}
