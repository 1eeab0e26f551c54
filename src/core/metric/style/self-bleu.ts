/** @file Self-BLEU: how much captions of different pictures resemble each other. */

import { combineBleu, bleuWidth, fillBleuRow } from '../bleu.ts';
import type { PreparedCaption } from '../caption-set.ts';
import type { NgramIndex } from '../ngram.ts';
import { meanResult, type MetricResult } from '../picture-sums.ts';
import { asStretch, eachInSteps, mapInSteps, type Steps } from '../steps.ts';

/**
 * Scores each caption with BLEU-4 against all other captions as its references; the set's score is the mean. A single caption scores 0.
 *
 * The time is linear in the number of captions: of an n-gram's counts only the highest two matter, since a caption is not its own reference.
 *
 * @source Zhu et al. 2018 (Texygen, arxiv.org/abs/1802.01886), with the BLEU of pycocoevalcap and without their sampling
 */
export function* scoreSelfBleu(captions: readonly PreparedCaption[], index: NgramIndex): Steps<MetricResult> {
  const highest = new Int32Array(index.size());
  const second = new Int32Array(index.size());
  const holder = new Int32Array(index.size()).fill(-1);
  const count = eachInSteps(captions, ({ ngrams }, caption) => {
    ngrams.ids.forEach((id, i) => {
      const count = ngrams.counts[i] ?? 0;
      if (count > (highest[id] ?? 0)) {
        second[id] = highest[id] ?? 0;
        highest[id] = count;
        holder[id] = caption;
      } else if (count > (second[id] ?? 0)) {
        second[id] = count;
      }
    });
  });
  yield* asStretch(count, 0, 0.5);
  const lengths = countLengths(captions);
  const row = new Float64Array(bleuWidth);
  const score = mapInSteps(captions, ({ ngrams }, caption) => {
    if (captions.length < 2) return 0;
    const length = closestOtherLength(ngrams.wordCount, lengths);
    fillBleuRow(row, ngrams, length, { index, countInReferences: (id) => (holder[id] === caption ? second[id] : highest[id]) ?? 0 });
    return combineBleu(row)[3] ?? 0;
  });
  return meanResult('self_bleu', yield* asStretch(score, 0.5, 1));
}

function countLengths(captions: readonly PreparedCaption[]): readonly number[] {
  const counts: number[] = [];
  for (const { ngrams } of captions) counts[ngrams.wordCount] = (counts[ngrams.wordCount] ?? 0) + 1;
  return Array.from(counts, (count: number | undefined) => count ?? 0);
}

/** The length of another caption that is closest, the shorter of two equally close. */
function closestOtherLength(length: number, counts: readonly number[]): number {
  if ((counts[length] ?? 0) > 1) return length;
  for (let distance = 1; distance < counts.length; distance++) {
    if ((counts[length - distance] ?? 0) > 0) return length - distance;
    if ((counts[length + distance] ?? 0) > 0) return length + distance;
  }
  return length;
}
