/** @file CIDEr: how much a caption's n-grams, weighed by how much they tell, agree with those of its references. */

import type { PreparedCaption } from './caption-set.ts';
import type { DocumentFrequencies } from './document-frequency.ts';
import { maxOrder, type NgramCounts, type NgramIndex } from './ngram.ts';
import { meanResult, type MetricResult } from './picture-sums.ts';
import { mapInSteps, type Steps } from './steps.ts';

/** Which CIDEr. `d`: clipped counts and a penalty for a different length, the one that papers call CIDEr. `plain`: the cosine alone. */
export type CiderVariant = 'd' | 'plain';

/** Width of the penalty for a different length, in words. */
const sigma = 6;

/** A text's weights: TF-IDF of each of its n-grams, and the norm of each order. */
interface WeightedNgrams {
  readonly ids: Int32Array;
  readonly weights: Float64Array;
  readonly norms: readonly number[];
  /** How many bigrams the text has, which the reference takes for its length. */
  readonly length: number;
}

/** An n-gram that a caption shares with its references, and what it adds to the picture's score. */
export interface NgramContribution {
  readonly ngram: string;
  readonly score: number;
}

/** What the scoring of one caption needs to know of the set. */
export interface CiderTerms {
  readonly index: NgramIndex;
  readonly frequencies: DocumentFrequencies;
  readonly variant: CiderVariant;
}

/**
 * Scores hypotheses with CIDEr, from 0 to 10. With the frequencies of the evaluated set a single picture scores 0, since nothing tells it from others.
 *
 * @shape hypotheses [N], references [N][1 or more] → [N]
 * @source pycocoevalcap 1.2 `cider_scorer.py` (CIDEr-D); plain CIDEr: Vedantam et al. 2015, equations 1 to 3, with its TF-IDF
 */
export function* scoreCider(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
  terms: CiderTerms,
): Steps<MetricResult> {
  const scorer = createCiderScorer(terms);
  const scores = yield* mapInSteps(hypotheses, (hypothesis, picture) => {
    let score = 0;
    scorer(hypothesis, references[picture] ?? [], (_, part) => {
      score += part;
    });
    return score;
  });
  return meanResult(terms.variant === 'd' ? 'CIDEr' : 'CIDEr_plain', scores);
}

/** Lists what each shared n-gram adds to a picture's score, the most first. */
export function explainCider(
  hypothesis: PreparedCaption,
  references: readonly PreparedCaption[],
  terms: CiderTerms,
): readonly NgramContribution[] {
  const parts = new Map<number, number>();
  createCiderScorer(terms)(hypothesis, references, (id, part) => parts.set(id, (parts.get(id) ?? 0) + part));
  return [...parts]
    .filter(([, score]) => score > 0)
    .map(([id, score]) => ({ ngram: terms.index.textOf(id), score }))
    .sort((a, b) => b.score - a.score);
}

/** Makes a function that tells for every n-gram of a hypothesis and every reference what the pair adds to the picture's score. */
function createCiderScorer({
  index,
  frequencies,
  variant,
}: CiderTerms): (hypothesis: PreparedCaption, references: readonly PreparedCaption[], add: (id: number, part: number) => void) => void {
  const logPictures = Math.log(frequencies.pictureCount);
  const inverse = (id: number): number => logPictures - Math.log(Math.max(1, frequencies.counts[id] ?? 0));
  const referenceWeights = new Float64Array(index.size()); // scratch: weights of the reference at hand, by n-gram
  return (hypothesis, references, add) => {
    const own = weigh(hypothesis.ngrams, index, inverse);
    for (const reference of references) {
      const other = weigh(reference.ngrams, index, inverse);
      for (let i = 0; i < other.ids.length; i++) referenceWeights[other.ids[i] ?? 0] = other.weights[i] ?? 0;
      const difference = own.length - other.length;
      const penalty = variant === 'd' ? Math.exp(-(difference ** 2) / (2 * sigma ** 2)) : 1;
      const share = (10 * penalty) / (maxOrder * references.length);
      for (let i = 0; i < own.ids.length; i++) {
        const id = own.ids[i] ?? 0;
        const theirs = referenceWeights[id] ?? 0;
        if (theirs === 0) continue;
        const mine = own.weights[i] ?? 0;
        const order = index.orderOf(id) - 1;
        const norms = (own.norms[order] ?? 0) * (other.norms[order] ?? 0);
        const product = (variant === 'd' ? Math.min(mine, theirs) : mine) * theirs;
        add(id, share * (norms === 0 ? product : product / norms));
      }
      for (const id of other.ids) referenceWeights[id] = 0;
    }
  };
}

function weigh(ngrams: NgramCounts, index: NgramIndex, inverse: (id: number) => number): WeightedNgrams {
  const weights = new Float64Array(ngrams.ids.length);
  const squares = new Array<number>(maxOrder).fill(0);
  for (let i = 0; i < weights.length; i++) {
    const id = ngrams.ids[i] ?? 0;
    const weight = (ngrams.counts[i] ?? 0) * inverse(id);
    weights[i] = weight;
    const order = index.orderOf(id) - 1;
    squares[order] = (squares[order] ?? 0) + weight ** 2;
  }
  return { ids: ngrams.ids, weights, norms: squares.map(Math.sqrt), length: Math.max(0, ngrams.wordCount - 1) };
}
