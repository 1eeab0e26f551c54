/** @file How many different words and phrases captions use: measures of the set as a whole, with their own way to an interval. */

import type { PreparedCaption } from '../caption-set.ts';
import { type NgramIndex } from '../ngram.ts';
import { asStretch, eachInSteps, type Steps } from '../steps.ts';

/** A measure of a whole set, without values of single captions. */
export interface SetMeasure {
  readonly name: string;
  readonly value: number;
  /** Standard error by the jackknife. */
  readonly standardError: number;
}

/** Into so many groups the captions are dealt; each is left out once. */
const groupCount = 20;

/**
 * Counts the different words (`vocabulary`) and the shares of different ones among all words and all pairs (`distinct_1`, `distinct_2`).
 *
 * A bootstrap would draw captions twice and so find too few different words: here the spread comes from leaving out one of 20 groups at a time.
 *
 * @source distinct-n: Li et al. 2016, arxiv.org/abs/1510.03055; grouped jackknife: Efron 1982, chapter 3
 */
export function* measureDiversity(captions: readonly PreparedCaption[], index: NgramIndex): Steps<readonly SetMeasure[]> {
  const words = yield* asStretch(countOrder(captions, index, 1), 0, 0.5);
  const pairs = yield* asStretch(countOrder(captions, index, 2), 0.5, 1);
  const share = (different: number, all: number): number => (all === 0 ? 0 : different / all);
  return [
    jackknife('vocabulary', words, (different) => different),
    jackknife('distinct_1', words, share),
    jackknife('distinct_2', pairs, share),
  ];
}

/** N-grams of one order: how many different ones and how many in all, in the set and in each group alone. */
interface OrderCounts {
  readonly different: number;
  readonly all: number;
  /** Different ones that no other group has. @shape [groups] */
  readonly ownOfGroup: readonly number[];
  /** @shape [groups] */
  readonly allOfGroup: readonly number[];
}

function* countOrder(captions: readonly PreparedCaption[], index: NgramIndex, order: number): Steps<OrderCounts> {
  const groups = Math.min(groupCount, captions.length);
  const owner = new Map<number, number>(); // n-gram to its group, or to -1 where several have it
  const allOfGroup = new Array<number>(groups).fill(0);
  yield* eachInSteps(captions, ({ ngrams }, caption) => {
    const group = caption % groups;
    ngrams.ids.forEach((id, i) => {
      if (index.orderOf(id) !== order) return;
      allOfGroup[group] = (allOfGroup[group] ?? 0) + (ngrams.counts[i] ?? 0);
      const known = owner.get(id);
      if (known === undefined) owner.set(id, group);
      else if (known !== group) owner.set(id, -1);
    });
  });
  const ownOfGroup = new Array<number>(groups).fill(0);
  for (const group of owner.values()) if (group >= 0) ownOfGroup[group] = (ownOfGroup[group] ?? 0) + 1;
  return { different: owner.size, all: allOfGroup.reduce((sum, count) => sum + count, 0), ownOfGroup, allOfGroup };
}

function jackknife(name: string, counts: OrderCounts, measure: (different: number, all: number) => number): SetMeasure {
  const groups = counts.ownOfGroup.length;
  const without = counts.ownOfGroup.map((own, group) => measure(counts.different - own, counts.all - (counts.allOfGroup[group] ?? 0)));
  const mean = without.reduce((sum, value) => sum + value, 0) / groups;
  const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    name,
    value: measure(counts.different, counts.all),
    standardError: groups < 2 ? 0 : Math.sqrt(((groups - 1) / groups) * squares),
  };
}
