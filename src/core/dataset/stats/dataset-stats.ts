/** @file A data set in numbers: how many, how long, which words and tags. */

import { findWords } from '../../text/words.ts';
import { captionOf, endingOf, folderOf, type DatasetItem } from '../item.ts';

/** How often something is there. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

/** Lengths of captions. */
export interface Lengths {
  readonly least: number;
  readonly median: number;
  readonly mean: number;
  /** One of twenty captions is longer. */
  readonly high: number;
  readonly most: number;
}

/** A data set in numbers. */
export interface DatasetStats {
  readonly pictures: number;
  /** Pictures that tables name but that are not there. */
  readonly missing: number;
  readonly captioned: number;
  readonly captions: number;
  /** @unit bytes */
  readonly byteLength: number;
  /** Of first captions; null without any. */
  readonly words: Lengths | null;
  /** Null without captions or tokenizer. */
  readonly tokens: Lengths | null;
  /** Different words in first captions. */
  readonly vocabulary: number;
  readonly topWords: readonly Count[];
  readonly topTags: readonly Count[];
  readonly splits: readonly Count[];
  readonly folders: readonly Count[];
  readonly endings: readonly Count[];
}

/** What is to be counted. */
export interface StatsOptions {
  /** So many of the commonest words and tags. */
  readonly top?: number;
  readonly countTokens?: (text: string) => number;
}

/** Counts a data set. */
export function describeDataset(items: readonly DatasetItem[], { top = 30, countTokens }: StatsOptions = {}): DatasetStats {
  const captions = items.map(captionOf).filter((text) => text.trim() !== '');
  const words = countWordUse(captions);
  return {
    pictures: items.length,
    missing: items.filter(({ byteLength }) => byteLength === null).length,
    captioned: captions.length,
    captions: items.reduce((sum, item) => sum + item.captions.length, 0),
    byteLength: items.reduce((sum, { byteLength }) => sum + (byteLength ?? 0), 0),
    words: lengthsOf(captions.map((text) => findWords(text).length)),
    tokens: countTokens === undefined ? null : lengthsOf(captions.map(countTokens)),
    vocabulary: words.length,
    topWords: words.filter(({ name }) => !frequent.has(name)).slice(0, top),
    topTags: countAll(items.flatMap(({ tags }) => tags)).slice(0, top),
    splits: countAll(items.flatMap(({ split }) => (split === null ? [] : [split]))),
    folders: countAll(items.map(({ path }) => folderOf(path))).slice(0, top),
    endings: countAll(items.map(({ path }) => endingOf(path))),
  };
}

/** Counts in how many captions each word is, the commonest first. */
export function countWordUse(captions: readonly string[]): readonly Count[] {
  return countAll(captions.flatMap((caption) => [...new Set(findWords(caption).map(({ word }) => word))]));
}

/** Counts equal names, the commonest first. */
export function countAll(names: readonly string[]): readonly Count[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function lengthsOf(values: readonly number[]): Lengths | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    least: at(0),
    median: at(0.5),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    high: at(0.95),
    most: at(1),
  };
}

/** Words of grammar say nothing about a data set. */
const frequent: ReadonlySet<string> = new Set(
  'a an the and or of in on at by to with for from into is are was were be has have it its this that there as while two his her their they he she'.split(
    ' ',
  ),
);
