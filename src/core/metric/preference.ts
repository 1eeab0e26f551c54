/** @file Which of several captions people chose: how often each, how sure that is, and whether two of them differ. */

import type { Interval } from './bootstrap.ts';

/** What was chosen for each picture: the place of the chosen one in the list of candidates, null where none was better. */
export type Choices = readonly (number | null)[];

/** How often one candidate was chosen. */
export interface Preference extends Interval {
  readonly chosen: number;
  /** Of all pictures that were judged, those without a difference among them; 0 where none was judged. */
  readonly share: number;
}

/** Two candidates side by side. */
export interface PreferencePair {
  /** The one that was chosen more often; of two alike, the earlier. */
  readonly first: number;
  readonly second: number;
  readonly firstChosen: number;
  readonly secondChosen: number;
  /** How likely so uneven a count would be if both were as good, corrected for the number of pairs. */
  readonly p: number;
}

/** What choices come to. */
export interface PreferenceTally {
  readonly judged: number;
  /** Pictures for which none was better. */
  readonly undecided: number;
  /** By the candidates' places. */
  readonly preferences: readonly Preference[];
  /** Every two candidates, the clearest difference first. */
  readonly pairs: readonly PreferencePair[];
}

/** Counts choices among so many candidates. */
export function tallyChoices(choices: Choices, candidateCount: number): PreferenceTally {
  const counts = new Array<number>(candidateCount).fill(0);
  for (const place of choices) if (place !== null) counts[place] = (counts[place] ?? 0) + 1;
  const preferences = counts.map((chosen) => ({
    chosen,
    share: choices.length === 0 ? 0 : chosen / choices.length,
    ...wilsonInterval(chosen, choices.length),
  }));
  const undecided = choices.filter((place) => place === null).length;
  return { judged: choices.length, undecided, preferences, pairs: comparePairs(counts) };
}

/**
 * Gives the range that holds a share with 95 % confidence; everything where nothing was counted.
 *
 * @source Wilson 1927, Probable inference, the law of succession, and statistical inference (10.2307/2276774), without continuity correction;
 * equal to statsmodels 0.15.0 proportion_confint(method='wilson')
 */
export function wilsonInterval(count: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const z = 1.959963984540054; // of a normal distribution, 97.5 %
  const share = count / total;
  const scale = 1 + z ** 2 / total;
  const middle = (share + z ** 2 / (2 * total)) / scale;
  const margin = (z / scale) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return { low: count === 0 ? 0 : middle - margin, high: count === total ? 1 : middle + margin };
}

/**
 * Tells how likely counts at least this uneven would be if either were chosen as readily: exact, two-sided. 1 where nothing was counted.
 *
 * @source sign test: Dixon and Mood 1946 (10.1080/01621459.1946.10501898); equal to SciPy 1.17.1 binomtest(a, a + b, 0.5)
 */
export function signTest(a: number, b: number): number {
  const total = a + b;
  const least = Math.min(a, b);
  if (a === b) return 1;
  // From the largest term of the tail down, as a multiple of it, so that nothing gets too small to add up.
  let logTerm = -total * Math.LN2;
  for (let k = 1; k <= least; k++) logTerm += Math.log((total - k + 1) / k);
  let sum = 0;
  for (let k = least, part = 1; k >= 0 && part > 0; k--) {
    sum += part;
    part *= k / (total - k + 1);
  }
  return Math.min(1, 2 * sum * Math.exp(logTerm));
}

/**
 * Corrects the p of several comparisons, so that the chance of any false finding among them stays what each says.
 *
 * @source Holm 1979, A simple sequentially rejective multiple test procedure; equal to statsmodels 0.15.0 multipletests(method='holm')
 */
export function holmCorrected(values: readonly number[]): readonly number[] {
  const order = values.map((_, place) => place).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const corrected = new Array<number>(values.length).fill(1);
  let most = 0;
  for (const [rank, place] of order.entries()) {
    most = Math.max(most, Math.min(1, (values.length - rank) * (values[place] ?? 1)));
    corrected[place] = most;
  }
  return corrected;
}

function comparePairs(counts: readonly number[]): readonly PreferencePair[] {
  const pairs = counts.flatMap((a, i) =>
    counts.slice(i + 1).map((b, offset) => {
      const j = i + 1 + offset;
      return a >= b ? { first: i, second: j, firstChosen: a, secondChosen: b } : { first: j, second: i, firstChosen: b, secondChosen: a };
    }),
  );
  const corrected = holmCorrected(pairs.map(({ firstChosen, secondChosen }) => signTest(firstChosen, secondChosen)));
  return pairs.map((pair, place) => ({ ...pair, p: corrected[place] ?? 1 })).sort((a, b) => a.p - b.p);
}
