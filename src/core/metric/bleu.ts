/** @file BLEU-1 to BLEU-4: how many n-grams of the captions stand in a reference, with a penalty for captions that are too short. */

import type { PreparedCaption } from './caption-set.ts';
import { maxOrder, type NgramCounts, type NgramIndex } from './ngram.ts';
import type { MetricResult } from './picture-sums.ts';
import { eachInSteps, type Steps } from './steps.ts';

/** Keeps divisions by nothing defined; the reference's numbers, visible in its scores from the tenth digit. */
const small = 1e-9;
const tiny = 1e-15;

/** How many counts a caption has: its length, its references' length, its n-grams of each order, those of them that match. */
export const bleuWidth = 2 + 2 * maxOrder;
const guessesAt = 2;
const matchesAt = 2 + maxOrder;

/**
 * Scores hypotheses with BLEU-1 to BLEU-4; the set's score is that of its summed counts.
 *
 * @shape hypotheses [N], references [N][1 or more] → [4][N]
 * @source pycocoevalcap 1.2 `bleu_scorer.py`, closest reference length (the shorter of two equally close)
 */
export function* scoreBleu(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
  index: NgramIndex,
): Steps<MetricResult> {
  const rows = new Float64Array(hypotheses.length * bleuWidth);
  const pictureScores = Array.from({ length: maxOrder }, () => new Array<number>(hypotheses.length).fill(0));
  const most = new Int32Array(index.size()); // scratch: by n-gram, its highest count in a reference of the picture at hand
  const against: BleuReferences = { index, countInReferences: (id) => most[id] ?? 0 };
  yield* eachInSteps(hypotheses, ({ ngrams }, picture) => {
    const row = rows.subarray(picture * bleuWidth, (picture + 1) * bleuWidth);
    const others = references[picture] ?? [];
    for (const other of others) raiseCounts(most, other.ngrams);
    fillBleuRow(row, ngrams, closestLength(ngrams.wordCount, others), against);
    for (const other of others) for (const id of other.ngrams.ids) most[id] = 0;
    combineBleu(row).forEach((score, k) => {
      const scores = pictureScores[k];
      if (scores) scores[picture] = score;
    });
  });
  const names = Array.from({ length: maxOrder }, (_, k) => `Bleu_${String(k + 1)}`);
  return { names, pictureScores, width: bleuWidth, rows, combine: combineBleu };
}

/** What BLEU asks about references. */
export interface BleuReferences {
  readonly index: NgramIndex;
  /** Tells how often an n-gram stands in the reference that has it most often. */
  readonly countInReferences: (id: number) => number;
}

/** Writes the counts of one caption; an n-gram matches at most as often as the references have it. @shape row [bleuWidth] */
export function fillBleuRow(row: Float64Array, ngrams: NgramCounts, referenceLength: number, references: BleuReferences): void {
  row.fill(0);
  row[0] = ngrams.wordCount;
  row[1] = referenceLength;
  for (let k = 0; k < maxOrder; k++) row[guessesAt + k] = Math.max(0, ngrams.wordCount - k);
  for (let i = 0; i < ngrams.ids.length; i++) {
    const id = ngrams.ids[i] ?? 0;
    const place = matchesAt + references.index.orderOf(id) - 1;
    row[place] = (row[place] ?? 0) + Math.min(ngrams.counts[i] ?? 0, references.countInReferences(id));
  }
}

/** Computes BLEU-1 to BLEU-4 from the counts of a caption or from sums of them. @shape [bleuWidth] → [4] */
export function combineBleu(sums: Float64Array): readonly number[] {
  const lengthRatio = ((sums[0] ?? 0) + tiny) / ((sums[1] ?? 0) + small);
  const penalty = lengthRatio < 1 ? Math.exp(1 - 1 / lengthRatio) : 1;
  let product = 1;
  return Array.from({ length: maxOrder }, (_, k) => {
    product *= ((sums[matchesAt + k] ?? 0) + tiny) / ((sums[guessesAt + k] ?? 0) + small);
    return product ** (1 / (k + 1)) * penalty;
  });
}

function closestLength(wordCount: number, references: readonly PreparedCaption[]): number {
  let best = Infinity;
  for (const { ngrams } of references) {
    const distance = Math.abs(ngrams.wordCount - wordCount);
    const bestDistance = Math.abs(best - wordCount);
    if (distance < bestDistance || (distance === bestDistance && ngrams.wordCount < best)) best = ngrams.wordCount;
  }
  return best;
}

function raiseCounts(most: Int32Array, ngrams: NgramCounts): void {
  for (let i = 0; i < ngrams.ids.length; i++) {
    const id = ngrams.ids[i] ?? 0;
    most[id] = Math.max(most[id] ?? 0, ngrams.counts[i] ?? 0);
  }
}
