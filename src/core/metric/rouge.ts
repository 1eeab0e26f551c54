/** @file ROUGE-L: the longest common subsequence of a caption and its references. */

import type { PreparedCaption } from './caption-set.ts';
import { longCommonSubsequenceLength } from './long-subsequence.ts';
import { meanResult, type MetricResult } from './picture-sums.ts';
import { mapInSteps, type Steps } from './steps.ts';

/** Recall counts this much more than precision. */
const beta = 1.2;

/** From this size of the table on, setting up bits pays. */
const longProduct = 10_000;

/**
 * Scores hypotheses with ROUGE-L: precision and recall are the highest over the references, each taken by itself.
 *
 * An empty caption is one empty word here, so an empty caption of a picture with an empty reference scores 1.
 *
 * @shape hypotheses [N], references [N][1 or more] → [N]
 * @source pycocoevalcap 1.2 `rouge.py`
 */
export function* scoreRouge(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
): Steps<MetricResult> {
  const scores = yield* mapInSteps(hypotheses, (hypothesis, picture) => {
    let precision = 0;
    let recall = 0;
    for (const reference of references[picture] ?? []) {
      const common = commonSubsequenceLength(hypothesis.wordIds, reference.wordIds);
      precision = Math.max(precision, common / hypothesis.wordIds.length);
      recall = Math.max(recall, common / reference.wordIds.length);
    }
    return precision === 0 || recall === 0 ? 0 : ((1 + beta ** 2) * precision * recall) / (recall + beta ** 2 * precision);
  });
  return meanResult('ROUGE_L', scores);
}

/** Measures the longest common subsequence of two lists of words. */
export function commonSubsequenceLength(a: Int32Array, b: Int32Array): number {
  if (a.length * b.length > longProduct) return longCommonSubsequenceLength(a, b);
  const lengths = new Int32Array(b.length + 1); // of the row of the table that is being filled
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = lengths[j] ?? 0;
      lengths[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, lengths[j - 1] ?? 0);
      diagonal = above;
    }
  }
  return lengths[b.length] ?? 0;
}
