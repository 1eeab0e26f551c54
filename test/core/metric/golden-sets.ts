/** @file Golden scores of pycocoevalcap and CHAIR: small ones of this repository, all of them where they lie beside it. */
import { readFileSync } from 'node:fs';
import { createReferenceSet, prepareCaption } from '../../../src/core/metric/caption-set.ts';
import type { PreparedCaption, ReferenceSet } from '../../../src/core/metric/caption-set.ts';
import { readChairData } from '../../../src/core/metric/chair/chair.ts';
import type { ChairData } from '../../../src/core/metric/chair/chair.ts';
import { goldenLines } from './meteor-files.ts';

/** A picture of a golden set. */
export interface GoldenPicture {
  readonly id: string;
  readonly hyp: string;
  readonly hypTok?: string;
  readonly refs: readonly string[];
  readonly refsTok?: readonly string[];
}

/** Text of a file in test/fixtures/metrics. */
export function fixtureText(name: string): string {
  return readFileSync(new URL(`../../fixtures/metrics/${name}`, import.meta.url), 'utf8');
}

/** JSON lines of a file in test/fixtures/metrics. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a test knows what its fixture holds
export function fixtureLines<T>(name: string): readonly T[] {
  return fixtureText(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Names of the golden sets; those with a hyphen have the references of the part before it. */
export const goldenSetNames = [
  'fakecap',
  'cocodev',
  'flickrdev',
  ...['shuffle', 'drop', 'syn', 'stem', 'para', 'other'].map((kind) => `flickrdev-${kind}`),
];

/** A golden set, references filled in. */
export function goldenSet(name: string): readonly GoldenPicture[] {
  const rows = goldenLines<GoldenPicture>(`sets/${name}.jsonl`);
  const base = name.includes('-') ? goldenLines<GoldenPicture>(`sets/${name.split('-')[0] ?? ''}.jsonl`) : rows;
  const byId = new Map(base.map((row) => [row.id, row]));
  return rows.map((row) => {
    const { refs = [], refsTok = [] } = byId.get(row.id) ?? {};
    return { ...row, refs, refsTok };
  });
}

/** Makes pictures ready for the metrics. */
export function prepare(pictures: readonly GoldenPicture[]): {
  readonly set: ReferenceSet;
  readonly hypotheses: readonly PreparedCaption[];
} {
  const builder = createReferenceSet();
  for (const { id, refs } of pictures) builder.add({ file: id, references: refs });
  return { set: builder.set, hypotheses: pictures.map(({ hyp }) => prepareCaption(hyp, builder.set)) };
}

/** CHAIR's shipped data. */
export function shippedChairData(): ChairData {
  const text = (name: string): string => readFileSync(new URL(`../../../public/metrics/chair/${name}`, import.meta.url), 'utf8');
  return readChairData({ synonyms: text('synonyms.txt'), singular: text('singularize-rules.json') });
}

/** The largest difference between two lists of numbers; infinite where their lengths differ or a number is none. */
export function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return actual.reduce((largest, value, i) => {
    const difference = Math.abs(value - (expected[i] ?? NaN));
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}
