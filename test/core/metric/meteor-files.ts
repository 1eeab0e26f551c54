/** @file METEOR's packed data as tests read it, and where the golden scores lie when they are there. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readMeteorData } from '../../../src/core/metric/meteor/data.ts';
import type { MeteorData } from '../../../src/core/metric/meteor/data.ts';

/** Bytes of a shipped file, decompressed. */
export function shippedMeteorFile(name: 'lexicon.dat' | 'paraphrases.dat'): Uint8Array {
  return gunzipSync(readFileSync(new URL(`../../../public/metrics/meteor/${name}`, import.meta.url)));
}

/** The shipped data, all of it. */
export function shippedMeteorData(): MeteorData {
  return readMeteorData({ lexicon: shippedMeteorFile('lexicon.dat'), paraphrases: shippedMeteorFile('paraphrases.dat') });
}

const goldenFolder = new URL('../../../../shared/fixtures/metrics/', import.meta.url);

/** Whether the golden scores of the reference program lie beside the repository. */
export const hasGoldens = existsSync(goldenFolder);

/** A golden file's text. */
export function goldenText(name: string): string {
  return readFileSync(new URL(name, goldenFolder), 'utf8');
}

/** A golden file's JSON lines. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a test knows what its file holds
export function goldenLines<T>(name: string): readonly T[] {
  return goldenText(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
