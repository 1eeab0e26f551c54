/** @file BLEU-1 to BLEU-4: how many n-grams of the captions stand in a reference, with a penalty for captions that are too short. */

import type { PreparedCaption } from './caption-set.ts';
import { maxOrder, type NgramIndex } from './ngram.ts';
import type { MetricResult } from './picture-sums.ts';

/** Keeps divisions by nothing defined; the reference's numbers, visible in its scores from the tenth digit. */
const small = 1e-9;
const tiny = 1e-15;

/** Counts of a picture: caption length, reference length, n-grams of each order, those of them that match. */
const width = 2 + 2 * maxOrder;
const guessesAt = 2;
const matchesAt = 2 + maxOrder;

/**
 * Scores hypotheses with BLEU-1 to BLEU-4; the set's score is that of its summed counts.
 *
 * @shape hypotheses [N], references [N][1 or more] → [4][N]
 * @source pycocoevalcap 1.2 `bleu_scorer.py`, closest reference length (the shorter of two equally close)
 */
export function scoreBleu(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
  index: NgramIndex,
): MetricResult {
  const rows = new Float64Array(hypotheses.length * width);
  const counter = createMatchCounter(index);
  const pictureScores = Array.from({ length: maxOrder }, () => new Array<number>(hypotheses.length).fill(0));
  hypotheses.forEach((hypothesis, picture) => {
    const row = rows.subarray(picture * width, (picture + 1) * width);
    const others = references[picture] ?? [];
    const { wordCount } = hypothesis.ngrams;
    row[0] = wordCount;
    row[1] = closestLength(wordCount, others);
    for (let k = 0; k < maxOrder; k++) row[guessesAt + k] = Math.max(0, wordCount - k);
    counter(hypothesis, others, row.subarray(matchesAt));
    combine(row).forEach((score, k) => {
      const scores = pictureScores[k];
      if (scores) scores[picture] = score;
    });
  });
  const names = Array.from({ length: maxOrder }, (_, k) => `Bleu_${String(k + 1)}`);
  return { names, pictureScores, width, rows, combine };
}

function combine(sums: Float64Array): readonly number[] {
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

/** Makes a function that adds up, by order, how many n-grams match: each as often as in the reference that has it most often, at most. */
function createMatchCounter(
  index: NgramIndex,
): (hypothesis: PreparedCaption, references: readonly PreparedCaption[], matches: Float64Array) => void {
  const most = new Int32Array(index.size()); // scratch: by n-gram, its highest count in a reference
  return (hypothesis, references, matches) => {
    for (const { ngrams } of references) {
      for (let i = 0; i < ngrams.ids.length; i++) {
        const id = ngrams.ids[i] ?? 0;
        most[id] = Math.max(most[id] ?? 0, ngrams.counts[i] ?? 0);
      }
    }
    const { ids, counts } = hypothesis.ngrams;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? 0;
      const order = index.orderOf(id) - 1;
      matches[order] = (matches[order] ?? 0) + Math.min(counts[i] ?? 0, most[id] ?? 0);
    }
    for (const { ngrams } of references) for (const id of ngrams.ids) most[id] = 0;
  };
}
