/** @file Counts tokens as a trainer's text encoder will. */

import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../../core/error.ts';
import { openTokenizer } from '../../engine/text/tokenizer.ts';

/** A way to count tokens. */
export interface TokenCounter {
  /** What it is, for reports. */
  readonly name: string;
  /** How many the encoder reads, its own marks included; null where it says nothing. */
  readonly limit: number | null;
  /** Counts a text's tokens with the marks that are put around it. */
  readonly count: (text: string) => number;
}

/**
 * Opens a counter from a tokenizer.json or a folder that has one.
 *
 * @throws {StudioError} 'file-missing', 'file-invalid'
 */
export async function openTokenCounter(place: string): Promise<TokenCounter> {
  const isFolder = await stat(place).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(place, 'tokenizer.json') : place;
  const json = await readJson(file);
  if (json === null) throw new StudioError('file-missing', `--tokenizer ${place}: is no folder or file with a tokenizer.json`);
  const config = (await readJson(join(dirname(file), 'tokenizer_config.json'))) ?? {};
  const tokenizer = openTokenizer(json, config);
  const most = (config as Readonly<Record<string, unknown>>)['model_max_length'];
  // Where nobody has said a limit, the file has an absurd one.
  const limit = typeof most === 'number' && most < 1e6 ? most : null;
  return { name: place, limit, count: (text) => tokenizer.encode(text).length };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StudioError('file-invalid', `${path}: is not JSON`, { cause });
  }
}
