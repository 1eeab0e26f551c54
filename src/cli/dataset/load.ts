/** @file Reads a data set for a verb: opens it, tells what was passed over, and keeps what a filter lets through. */

import { readFile } from 'node:fs/promises';
import type { CaptionFlag } from '../../core/dataset/check/flag.ts';
import { checkDataset } from '../../core/dataset/check/check-dataset.ts';
import { askedScores, createScoreFinder, readScoreLines } from '../../core/dataset/filter/caption-scores.ts';
import { sayUnknownValue } from '../../core/dataset/filter/closed-values.ts';
import { passesFilter } from '../../core/dataset/filter/filter.ts';
import { requireFilter } from '../../core/dataset/filter/parse.ts';
import { makeFilterRecord } from '../../core/dataset/filter/record.ts';
import { foldScoreName } from '../../core/dataset/filter/score-name.ts';
import { captionOf, type DatasetItem } from '../../core/dataset/item.ts';
import { readDataset, type DatasetReading } from '../../core/dataset/read/read-dataset.ts';
import { present, StudioError } from '../../core/error.ts';
import { progressLine } from '../progress.ts';
import { systemError } from '../system-error.ts';
import { watchInterrupt } from './interrupt.ts';
import { openSources, type OpenSources } from './sources.ts';
import { openTokenCounter, type TokenCounter } from './token-counter.ts';

/** Options that all verbs have. */
export interface DatasetFlags {
  readonly filter?: string;
  readonly scores?: string;
  readonly perLine?: boolean;
  readonly tablesFirst?: boolean;
  readonly tagEnding?: '.txt' | '.caption';
  readonly tokenizer?: string;
  readonly json?: boolean;
}

/** A data set that was read. */
export interface LoadedDataset {
  readonly sources: OpenSources;
  readonly reading: DatasetReading;
  /** What the filter lets through. */
  readonly items: readonly DatasetItem[];
  readonly tokens: TokenCounter | null;
  readonly readPicture: (path: string) => Promise<Uint8Array>;
}

/**
 * Loads a data set.
 *
 * @throws {StudioError} 'argument-invalid' for a filter that is wrong, 'cancelled', and what reading throws
 */
export async function loadDataset(places: readonly string[], flags: DatasetFlags): Promise<LoadedDataset> {
  const filter = flags.filter === undefined ? null : requireFilter(flags.filter); // before anything is read
  const tokens = flags.tokenizer === undefined ? null : await openTokenCounter(flags.tokenizer);
  const sources = await openSources(places);
  const line = progressLine();
  const interrupt = watchInterrupt();
  try {
    const read = await readDataset(sources.files, {
      name: places.join(', '),
      ...(flags.perLine === undefined ? {} : { perLine: flags.perLine }),
      ...(flags.tablesFirst === undefined ? {} : { tablesFirst: flags.tablesFirst }),
      ...(flags.tagEnding === undefined ? {} : { tagEnding: flags.tagEnding }),
      onProgress: (done, total) => line.update('read', done, total),
      isCancelled: interrupt.isInterrupted,
    });
    line.clear();
    const unopened = sources.unopened.map((path) => ({
      path,
      kind: 'unreadable' as const,
      message: `${path}: its name is not in UTF-8, so it cannot be opened; rename it`,
    }));
    const reading = { ...read, problems: [...read.problems, ...unopened] };
    const byPath = new Map(sources.files.map((file) => [file.path, file]));
    const readPicture = (path: string): Promise<Uint8Array> => present(byPath.get(path), `no file ${path}`).read();
    const items = filter === null ? reading.items : await passing(reading.items, { filter, flags, tokens, readPicture });
    if (items.length === 0)
      throw new StudioError('argument-invalid', `--filter ${flags.filter ?? ''}: no picture of ${String(reading.items.length)} passes`);
    return { sources, reading, items, tokens, readPicture };
  } finally {
    line.clear();
    interrupt.stop();
  }
}

interface Passing {
  readonly filter: ReturnType<typeof requireFilter>;
  readonly flags: DatasetFlags;
  readonly tokens: TokenCounter | null;
  readonly readPicture: (path: string) => Promise<Uint8Array>;
}

async function passing(items: readonly DatasetItem[], { filter, flags, tokens, readPicture }: Passing): Promise<readonly DatasetItem[]> {
  const asks = (name: string): boolean => new RegExp(String.raw`\b${name}:`, 'iu').test(flags.filter ?? '');
  if (asks('tokens') && tokens === null)
    throw new StudioError('argument-invalid', '--filter tokens: goes with --tokenizer, which says whose tokens');
  const raised: ReadonlyMap<string, readonly CaptionFlag[]> = asks('flag') ? checkDataset(items) : new Map();
  const scored = flags.scores === undefined ? [] : readScoreLines(await readText(flags.scores), flags.scores);
  const scoresOf = createScoreFinder(scored);
  const isMeasured = asks('width') || asks('height');
  const passed: DatasetItem[] = [];
  const known = new Set<string>();
  for (const item of items) {
    const size = isMeasured && item.byteLength !== null ? await sizeOf(await readPicture(item.path)) : null;
    const record = makeFilterRecord(item.path, {
      captions: item.captions.map(({ text }) => text),
      tags: item.tags,
      split: item.split,
      by: item.captions[0]?.author.kind ?? null,
      flags: (raised.get(item.path) ?? []).map(({ name }) => name),
      marks: item.byteLength === null ? ['missing'] : [],
      tokens: tokens?.count(captionOf(item)) ?? null,
      byteLength: item.byteLength,
      scores: scoresOf(item),
      ...(size ?? {}),
    });
    for (const name of Object.keys(record.scores)) known.add(foldScoreName(name));
    if (passesFilter(filter, record)) passed.push(item);
  }
  const unknown = sayUnknownValue(filter);
  if (unknown !== null) throw new StudioError('argument-invalid', `--filter: ${unknown}`);
  const missing = askedScores(filter).find((name) => !known.has(foldScoreName(name)));
  if (missing !== undefined) {
    const remedy = 'score the captions with evaluate --per-image and name its file with --scores';
    throw new StudioError('argument-invalid', `--filter score:${missing}: no caption has a score of this name; ${remedy}`);
  }
  return passed;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw systemError(error, path);
  });
}

/** A picture that cannot be read has no size; `check` names it. */
async function sizeOf(bytes: Uint8Array): Promise<{ readonly width: number; readonly height: number } | null> {
  const { default: sharp } = await import('sharp');
  return sharp(bytes)
    .metadata()
    .then(
      ({ width, height }) => ({ width, height }),
      () => null,
    );
}
