/** @file The 23 counts of METEOR for a pair or a set, and the score that follows from them. */

import { meteorModules, meteorModuleWeights } from './modules.ts';

/**
 * The counts, in the jar's order: words of the hypothesis and of the reference; function words of each; for each of the four matchers
 * matched content words of the hypothesis and of the reference, then matched function words of each; chunks; matched words of each.
 *
 * @shape [23]
 */
export type MeteorStatistics = readonly number[];

/** How many counts there are. */
export const meteorStatisticsLength = 23;

/** Places in the list of counts. */
export const meteorPlace = {
  hypothesisLength: 0,
  referenceLength: 1,
  hypothesisFunctionWords: 2,
  referenceFunctionWords: 3,
  /** First of the sixteen counts of matches. */
  matches: 4,
  chunks: 20,
  hypothesisMatches: 21,
  referenceMatches: 22,
} as const;

/** A score with what it is made of; all parts are NaN-free but the penalty, which nothing matched leaves undefined. */
export interface MeteorScore {
  readonly precision: number;
  readonly recall: number;
  readonly fMean: number;
  /** What scattered matches cost, 0 to 0.6; NaN where nothing matched. */
  readonly fragmentationPenalty: number;
  /** From 0 to 1. */
  readonly score: number;
}

const alpha = 0.85; // weight of recall in the mean
const beta = 0.2; // bend of the fragmentation penalty
const gamma = 0.6; // most that fragmentation costs
const delta = 0.75; // weight of content words against function words

/**
 * Computes precision, recall, mean, penalty and score from counts of one pair or from counts summed over a set.
 *
 * @shape statistics [23]
 * @source METEOR 1.5, English, rank task
 */
export function scoreMeteorStatistics(statistics: MeteorStatistics): MeteorScore {
  const at = (place: number): number => statistics[place] ?? 0;
  const weightedLength = (words: number, functionWords: number): number => delta * (words - functionWords) + (1 - delta) * functionWords;
  const hypothesisWeight = weightedLength(at(meteorPlace.hypothesisLength), at(meteorPlace.hypothesisFunctionWords));
  const referenceWeight = weightedLength(at(meteorPlace.referenceLength), at(meteorPlace.referenceFunctionWords));
  let hypothesisMatched = 0;
  let referenceMatched = 0;
  meteorModules.forEach((module, index) => {
    const place = meteorPlace.matches + 4 * index;
    const weight = meteorModuleWeights[module];
    hypothesisMatched += weight * (delta * at(place) + (1 - delta) * at(place + 2));
    referenceMatched += weight * (delta * at(place + 1) + (1 - delta) * at(place + 3));
  });
  const precision = hypothesisWeight > 0 ? hypothesisMatched / hypothesisWeight : 0;
  const recall = referenceWeight > 0 ? referenceMatched / referenceWeight : 0;
  const fMean = 1 / ((1 - alpha) / precision + alpha / recall);
  const meanMatches = (at(meteorPlace.hypothesisMatches) + at(meteorPlace.referenceMatches)) / 2;
  const fragmentation = isWholeInOneChunk(statistics) ? 0 : at(meteorPlace.chunks) / meanMatches;
  const fragmentationPenalty = gamma * Math.pow(fragmentation, beta);
  const score = fMean * (1 - fragmentationPenalty);
  return { precision, recall, fMean, fragmentationPenalty, score: Number.isNaN(score) ? 0 : score };
}

/**
 * Says what a pair adds to the counts of a set: its counts, but no chunk where all words of both sides match in one.
 *
 * @shape [23] → [23]
 */
export function meteorAddend(statistics: MeteorStatistics): MeteorStatistics {
  return isWholeInOneChunk(statistics) ? statistics.with(meteorPlace.chunks, 0) : statistics;
}

/**
 * Sums the counts of pairs as METEOR does for a set; their score is the set's, which is not the mean of the pairs'.
 *
 * @shape [N, 23] → [23]
 */
export function sumMeteorStatistics(pairs: Iterable<MeteorStatistics>): MeteorStatistics {
  const sum = new Array<number>(meteorStatisticsLength).fill(0);
  for (const pair of pairs) {
    meteorAddend(pair).forEach((count, place) => {
      sum[place] = (sum[place] ?? 0) + count;
    });
  }
  return sum;
}

function isWholeInOneChunk(statistics: MeteorStatistics): boolean {
  return (
    statistics[meteorPlace.chunks] === 1 &&
    statistics[meteorPlace.hypothesisMatches] === statistics[meteorPlace.hypothesisLength] &&
    statistics[meteorPlace.referenceMatches] === statistics[meteorPlace.referenceLength]
  );
}
