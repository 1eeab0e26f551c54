/** @file Counts tokens as a trainer's text encoder will. */

import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StudioError } from '../../core/error.ts';
import { clipTokenLimit, createClipTokenizer } from '../../core/text/clip/clip-tokens.ts';
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
 * Opens a counter: `clip`, which comes along, or one from a tokenizer.json or a folder that has one.
 *
 * @throws {StudioError} 'file-missing', 'file-invalid'
 */
export async function openTokenCounter(place: string): Promise<TokenCounter> {
  if (place === 'clip') return openClip();
  const isFolder = await stat(place).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(place, 'tokenizer.json') : place;
  const json = await readJson(file);
  if (json === null) {
    const hint =
      place === 't5'
        ? '; T5’s does not come along: get tokenizer.json of google-t5/t5-base (1.4 MB; it counts as that of t5-v1_1-xxl, which has none), and say its place and --max-tokens 256'
        : '';
    throw new StudioError('file-missing', `--tokenizer ${place}: is neither clip nor a folder or file with a tokenizer.json${hint}`);
  }
  const config = (await readJson(join(dirname(file), 'tokenizer_config.json'))) ?? {};
  const tokenizer = openTokenizer(json, config);
  const most = (config as Readonly<Record<string, unknown>>)['model_max_length'];
  // Where nobody has said a limit, the file has an absurd one.
  const limit = typeof most === 'number' && most < 1e6 ? most : null;
  return { name: place, limit, count: (text) => tokenizer.encode(text).length };
}

async function openClip(): Promise<TokenCounter> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    for (const place of ['public/tokenizers', 'dist/tokenizers']) {
      const merges = await readFile(join(folder, place, 'clip/merges.txt'), 'utf8').catch(() => null);
      if (merges !== null) return { name: 'clip', limit: clipTokenLimit, count: createClipTokenizer(merges).count };
    }
    if (folder === dirname(folder))
      throw new StudioError('file-missing', 'no folder public/tokenizers beside the program; install it again');
  }
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
