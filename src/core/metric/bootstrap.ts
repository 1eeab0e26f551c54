/** @file How sure a score is: intervals and comparisons by drawing pictures anew. */

import { StudioError } from '../error.ts';
import type { MetricResult } from './picture-sums.ts';
import type { Steps } from './steps.ts';

/** Draws whole numbers from 0 (inclusive) to 2^32 (exclusive); seeded, so that an evaluation can be repeated to the last digit. */
export interface NumberSource {
  nextUint32(): number;
}

/** How often pictures are drawn, and where chance comes from. */
export interface DrawOptions {
  readonly draws: number;
  readonly source: NumberSource;
}

/** A score of each draw. @shape [names][draws] */
export type DrawnScores = readonly (readonly number[])[];

/** Where a score lies with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What the drawn scores of all metrics may fill: some hundred megabytes a system. */
const mostDraws = 1_000_000;

/** Refuses draws whose scores would fill the memory. @throws {StudioError} 'argument-invalid' */
export function checkDraws(count: number): void {
  if (count <= mostDraws) return;
  throw new StudioError(
    'argument-invalid',
    `draws: ${String(count)} would fill the memory; ask for ${String(mostDraws)} at most, 1000 do for intervals`,
  );
}

/**
 * Draws as many pictures as there are, with repeats, and scores every draw from the sums of its pictures' counts: BLEU and METEOR as those of
 * a set, means as means. CIDEr's document frequencies stay those of the whole set, for they describe the language, not the sample.
 *
 * A draw is scored by all metrics before the next is made, so that only one is ever kept. The same seed gives all systems the same draws.
 *
 * @throws {StudioError} 'argument-invalid' when so many draws would fill the memory
 */
export function* scoreDraws(
  results: readonly MetricResult[],
  pictureCount: number,
  { draws, source }: DrawOptions,
): Steps<readonly DrawnScores[]> {
  checkDraws(draws);
  const scores = results.map(({ names }) => names.map(() => new Array<number>(draws).fill(0)));
  const pictures = new Uint32Array(pictureCount);
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < pictureCount; i++) pictures[i] = Math.floor((source.nextUint32() / 2 ** 32) * pictureCount);
    for (const [place, result] of results.entries()) {
      yield (draw + place / results.length) / draws;
      result.combine(sumDrawn(result, pictures), pictureCount).forEach((score, k) => {
        const ofName = scores[place]?.[k];
        if (ofName) ofName[draw] = score;
      });
    }
  }
  return scores;
}

/** Sums the counts of drawn pictures. @shape → [width] */
function sumDrawn({ rows, width }: MetricResult, pictures: Uint32Array): Float64Array {
  const sums = new Float64Array(width);
  for (const picture of pictures) {
    const start = picture * width;
    for (let column = 0; column < width; column++) sums[column] = (sums[column] ?? 0) + (rows[start + column] ?? 0);
  }
  return sums;
}

/** Gives the range that holds the middle 95 % of drawn scores. */
export function percentileInterval(drawn: readonly number[]): Interval {
  const sorted = Float64Array.from(drawn).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/**
 * Tells how likely a difference at least this clear would be if both systems were equal: twice the share of draws in which the sign of the
 * difference is not the usual one. Both lists must come from the same draws. Never 0: with 1,000 draws the least is 0.002.
 *
 * @source paired bootstrap: Koehn 2004, aclanthology.org/W04-3250, made two-sided
 */
export function pairedPValue(drawn: readonly number[], baseline: readonly number[]): number {
  let notAbove = 0;
  let notBelow = 0;
  drawn.forEach((score, i) => {
    const difference = score - (baseline[i] ?? 0);
    if (difference <= 0) notAbove++;
    if (difference >= 0) notBelow++;
  });
  return Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (drawn.length + 1));
}

/** The value below which a share of sorted values lies, between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (place - below) * (high - low);
}
