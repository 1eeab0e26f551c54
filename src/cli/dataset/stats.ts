/** @file `dataset stats`: a data set in numbers. */

import { checkDataset } from '../../core/dataset/check/check-dataset.ts';
import { countAll, describeDataset, type Count, type Lengths } from '../../core/dataset/stats/dataset-stats.ts';
import { loadDataset, type DatasetFlags } from './load.ts';
import { print, printJson, sayReading } from './report.ts';

/** Options as they are typed. */
export interface StatsFlags extends DatasetFlags {
  readonly top: number;
}

/** Runs the verb. */
export async function runStats(places: readonly string[], flags: StatsFlags): Promise<void> {
  const loaded = await loadDataset(places, flags);
  const { tokens, items } = loaded;
  const stats = describeDataset(items, { top: flags.top, ...(tokens === null ? {} : { countTokens: tokens.count }) });
  const raised = countAll([...checkDataset(items).values()].flatMap((found) => [...new Set(found.map(({ name }) => name))]));
  if (flags.json === true) {
    printJson({ ...stats, flags: raised, tokenizer: tokens?.name ?? null, sources: loaded.reading.sources });
    return;
  }
  for (const line of sayReading(loaded)) print(line);
  if (stats.byteLength > 0) print(`size       ${(stats.byteLength / 1e6).toFixed(1)} MB, ${sayCounts(stats.endings)}`);
  if (stats.splits.length > 0) print(`splits     ${sayCounts(stats.splits)}`);
  if (stats.folders.length > 1)
    print(`folders    ${sayCounts(stats.folders.slice(0, 8).map(({ name, count }) => ({ name: name === '' ? '.' : name, count })))}`);
  print(`captions   ${String(stats.captions)}, of different words ${String(stats.vocabulary)}`);
  if (stats.words !== null) print(`words      ${sayLengths(stats.words)}`);
  if (stats.tokens !== null && tokens !== null)
    print(`tokens     ${sayLengths(stats.tokens)} (${tokens.name}${tokens.limit === null ? '' : `, which reads ${String(tokens.limit)}`})`);
  if (stats.topWords.length > 0) print(`often      ${sayCounts(stats.topWords)}`);
  if (stats.topTags.length > 0) print(`tags       ${sayCounts(stats.topTags)}`);
  if (raised.length > 0) print(`flags      ${sayCounts(raised)}`);
}

function sayCounts(counts: readonly Count[]): string {
  return counts.map(({ name, count }) => `${name} ${String(count)}`).join(', ');
}

function sayLengths({ least, median, mean, high, most }: Lengths): string {
  return `${String(least)} to ${String(most)}, mean ${mean.toFixed(1)}, median ${String(median)}, one of twenty above ${String(high)}`;
}
