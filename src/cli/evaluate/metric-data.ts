/** @file Finds and reads the data that METEOR and CHAIR need, which stands beside the program in public/metrics/. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { StudioError } from '../../core/error.ts';
import { readChairData, type ChairData } from '../../core/metric/chair/chair.ts';
import { readMeteorData } from '../../core/metric/meteor/data.ts';
import type { MeteorSetting } from '../../core/metric/meteor-result.ts';

/** Finds the folder of metric data above this file. @throws {StudioError} 'file-missing' */
export function findMetricData(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    for (const place of ['public/metrics', 'dist/metrics']) {
      const candidate = join(folder, place);
      if (existsSync(join(candidate, 'chair/synonyms.txt'))) return candidate;
    }
    if (folder === dirname(folder))
      throw new StudioError('file-missing', 'metric data: no folder public/metrics beside the program; install it again');
  }
}

/** Reads METEOR's data; without the paraphrase table METEOR works with three matchers and is named so. */
export async function loadMeteorSetting(folder: string): Promise<MeteorSetting> {
  const lexicon = gunzipSync(await readFile(join(folder, 'meteor/lexicon.dat')));
  const table = join(folder, 'meteor/paraphrases.dat');
  if (!existsSync(table)) return { data: readMeteorData({ lexicon }), modules: ['exact', 'stem', 'synonym'] };
  return { data: readMeteorData({ lexicon, paraphrases: gunzipSync(await readFile(table)) }) };
}

/** Reads CHAIR's word lists. */
export async function loadChairData(folder: string): Promise<ChairData> {
  const [synonyms, singular] = await Promise.all([
    readFile(join(folder, 'chair/synonyms.txt'), 'utf8'),
    readFile(join(folder, 'chair/singularize-rules.json'), 'utf8'),
  ]);
  return readChairData({ synonyms, singular });
}
