/** @file An alignment of two captions with its counts: candidates, search, and what the search result comes to. */

import { findCandidates } from './candidates.ts';
import type { MatchingOptions, MeteorMatch } from './candidates.ts';
import { searchAlignment } from './beam-search.ts';
import { meteorModules } from './modules.ts';
import { meteorPlace, meteorStatisticsLength } from './statistics.ts';
import type { MeteorStatistics } from './statistics.ts';
import type { MeteorSentence } from './sentence.ts';

/** The matches chosen, by reference word, and the counts that the score needs. */
export interface AlignedSentences {
  readonly matches: readonly MeteorMatch[];
  readonly statistics: MeteorStatistics;
}

/** Aligns a hypothesis with one reference. */
export function alignSentences(hypothesis: MeteorSentence, reference: MeteorSentence, options: MatchingOptions): AlignedSentences {
  const matches = searchAlignment(findCandidates(hypothesis, reference, options));
  return { matches, statistics: countMatches(hypothesis, reference, matches) };
}

function countMatches(hypothesis: MeteorSentence, reference: MeteorSentence, matches: readonly MeteorMatch[]): MeteorStatistics {
  const counts = new Array<number>(meteorStatisticsLength).fill(0);
  const add = (place: number, count: number): void => {
    counts[place] = (counts[place] ?? 0) + count;
  };
  add(meteorPlace.hypothesisLength, hypothesis.words.length);
  add(meteorPlace.referenceLength, reference.words.length);
  add(meteorPlace.hypothesisFunctionWords, countFunctionWords(hypothesis, 0, hypothesis.words.length));
  add(meteorPlace.referenceFunctionWords, countFunctionWords(reference, 0, reference.words.length));
  for (const match of matches) {
    const place = meteorPlace.matches + 4 * meteorModules.indexOf(match.module);
    const hypothesisFunction = countFunctionWords(hypothesis, match.hypothesisStart, match.hypothesisLength);
    const referenceFunction = countFunctionWords(reference, match.referenceStart, match.referenceLength);
    add(place, match.hypothesisLength - hypothesisFunction);
    add(place + 1, match.referenceLength - referenceFunction);
    add(place + 2, hypothesisFunction);
    add(place + 3, referenceFunction);
    add(meteorPlace.hypothesisMatches, match.hypothesisLength);
    add(meteorPlace.referenceMatches, match.referenceLength);
  }
  add(meteorPlace.chunks, countMeteorChunks(matches));
  return counts;
}

function countFunctionWords(sentence: MeteorSentence, start: number, length: number): number {
  let count = 0;
  for (let index = start; index < start + length; index++) if (sentence.words[index]?.isFunction === true) count += 1;
  return count;
}

/** Counts the runs of matches that follow each other without a gap on both sides. */
export function countMeteorChunks(matches: readonly MeteorMatch[]): number {
  let chunks = 0;
  let referenceEnd = -1;
  let hypothesisEnd = -1;
  for (const match of matches) {
    if (match.referenceStart !== referenceEnd || match.hypothesisStart !== hypothesisEnd) chunks += 1;
    referenceEnd = match.referenceStart + match.referenceLength;
    hypothesisEnd = match.hypothesisStart + match.hypothesisLength;
  }
  return chunks;
}
