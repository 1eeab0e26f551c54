/** @file Where a command writes one file: anew over what the same command wrote before, and over nothing else unasked. */

import { stat } from 'node:fs/promises';
import type { ByteSource } from '../core/codec/byte-source.ts';
import { isJsonObject } from '../core/codec/json.ts';
import { readSafetensorsHeader } from '../core/codec/safetensors.ts';
import { StudioError } from '../core/error.ts';
import { documentFrequencyFormat } from '../core/metric/document-frequency.ts';
import { isScoreName } from '../engine/evaluate/metric-list.ts';
import { fileSource } from './node-files.ts';
import { isSystemError, systemError } from './system-error.ts';

/** How the files of one command are known. */
export interface OwnFile {
  /** For people: 'a trace'. */
  readonly what: string;
  /** Tells whether a file is one of them; whatever it throws means that it is none. */
  readonly isOne: (file: ByteSource) => Promise<boolean>;
}

/**
 * Refuses a place where a file lies that the same command did not write, unless that was asked for; devices and empty files are taken.
 *
 * @throws {StudioError} 'argument-invalid' for such a file; 'file-invalid' for a folder, and what else the system refuses
 */
export async function requireFilePlace(path: string, { what, isOne }: OwnFile, isForced: boolean): Promise<void> {
  const facts = await stat(path).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'ENOENT') return null;
    throw systemError(cause, path);
  });
  if (facts?.isDirectory() === true) throw new StudioError('file-invalid', `${path}: is a folder, where a file was expected`);
  if (facts?.isFile() !== true || facts.size === 0 || isForced) return;
  if (await isOne(await fileSource(path)).catch(() => false)) return;
  throw new StudioError(
    'argument-invalid',
    `${path}: a file lies here already that is not ${what}; choose another name, or say --force to write over it`,
  );
}

/** What `trace` writes. */
export const traceFile: OwnFile = {
  what: 'a trace',
  isOne: async (file) => {
    const { tensors } = await readSafetensorsHeader(file);
    return ['image_features', 'input_ids', 'logits', 'greedy_ids'].every((name) => tensors.has(name));
  },
};

/** What `evaluate --save-df` writes. */
export const frequenciesFile: OwnFile = {
  what: 'a table of document frequencies',
  isOne: async (file) => (await textAtHead(file)).startsWith(`{"format":"${documentFrequencyFormat}"`),
};

/** What `evaluate --per-image` writes: rows of a caption and its scores; numbers of other names, such as a picture's width, are of other files. */
export const pictureScoresFile: OwnFile = {
  what: 'scores of pictures',
  isOne: async (file) => {
    const row: unknown = JSON.parse((await textAtHead(file)).split('\n')[0] ?? '');
    if (!isJsonObject(row)) return false;
    const { file: name, caption, ...scores } = row;
    const entries = Object.entries(scores);
    const areScores = entries.every(([key, value]) => isScoreName(key) && (value === null || typeof value === 'number'));
    return typeof name === 'string' && typeof caption === 'string' && entries.length > 0 && areScores;
  },
};

/** Longer than any row. @unit bytes */
const headBytes = 2 ** 20;

async function textAtHead(file: ByteSource): Promise<string> {
  return new TextDecoder().decode(await file.slice(0, Math.min(headBytes, file.byteLength)));
}
