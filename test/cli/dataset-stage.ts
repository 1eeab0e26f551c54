/** @file A folder of three photos with texts beside them, and `dataset` run on it as a person does. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import { rowsOf, samples, useStudio, type Ran, type Studio } from './run-studio.ts';

/** The texts of the set. */
export const captions: Readonly<Record<string, string>> = {
  'cat.jpg': 'A cat looks at  you .',
  'trips/rocket.jpg': 'The image shows a rocket\non its pad',
  'trips/coffee cup.jpg': '=1+1 cups, "hot"',
};
/** Which photos they are beside. */
export const photos: Readonly<Record<string, string>> = {
  'cat.jpg': 'chelsea',
  'trips/rocket.jpg': 'rocket',
  'trips/coffee cup.jpg': 'coffee',
};

/** A program, its folder, and the set `set` in it. */
export interface DatasetStage {
  readonly studio: Studio;
  readonly place: (...parts: readonly string[]) => string;
  readonly read: (...parts: readonly string[]) => string;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  readonly json: (ran: Ran) => Record<string, unknown>;
  /** Reads whatever was written and gives its captions by path. */
  readonly captionsIn: (...places: readonly string[]) => Promise<Readonly<Record<string, unknown>>>;
}

/** Lays the set out anew for each test of a file. */
export function useDataset(name: string): DatasetStage {
  const studio = useStudio(name);
  const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
  const read = (...parts: readonly string[]): string => readFileSync(place(...parts), 'utf8');
  const run = (...args: readonly string[]): Promise<Ran> => studio.run('dataset', ...args);
  const json = ({ out }: Ran): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

  beforeEach(() => {
    for (const name of readdirSync(studio.folder)) rmSync(place(name), { recursive: true });
    mkdirSync(place('set/trips'), { recursive: true });
    for (const [path, photo] of Object.entries(photos)) cpSync(join(samples, `skimage_${photo}.jpg`), place('set', path));
    for (const [path, text] of Object.entries(captions)) writeFileSync(place('set', path.replace('.jpg', '.txt')), `${text}\n`);
  });

  async function captionsIn(...places: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { out, err } = await run('export', ...places, '--format', 'jsonl');
    expect(err).toBe('');
    return Object.fromEntries(rowsOf(out).map(({ file, caption }) => [String(file), caption]));
  }

  return { studio, place, read, run, json, captionsIn };
}
