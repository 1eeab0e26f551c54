/** @file How sure a score is: intervals and comparisons by drawing pictures anew. */

import { StudioError } from '../error.ts';
import type { MetricResult } from './picture-sums.ts';

/** Draws whole numbers from 0 (inclusive) to 2^32 (exclusive); seeded, so that an evaluation can be repeated to the last digit. */
export interface NumberSource {
  nextUint32(): number;
}

/** The pictures of each draw, as often as they were drawn. */
export interface PictureDraws {
  readonly pictureCount: number;
  /** Pictures by number. @shape [draws][pictures] */
  readonly draws: readonly Uint32Array[];
}

/** A score of each draw. @shape [names][draws] */
export type DrawnScores = readonly (readonly number[])[];

/** Where a score lies with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What draws may fill: 2 GB. An honest set of 5,000 pictures may be drawn 100,000 times. */
const mostDrawn = 5e8;
/** A draw of few pictures takes as much as one of these. */
const minimumDrawn = 50;

/**
 * Draws as many pictures as there are, with repeats, `count` times. The same draws serve all metrics and all systems.
 *
 * @throws {StudioError} 'argument-invalid' when so many draws would fill the memory
 */
export function drawPictures(pictureCount: number, count: number, source: NumberSource): PictureDraws {
  if (count * Math.max(pictureCount, minimumDrawn) > mostDrawn) {
    throw new StudioError(
      'argument-invalid',
      `draws: ${String(count)} of ${String(pictureCount)} pictures would fill the memory; ask for fewer, 1000 do for intervals`,
    );
  }
  const draws = Array.from({ length: count }, () => {
    const pictures = new Uint32Array(pictureCount);
    for (let i = 0; i < pictureCount; i++) pictures[i] = Math.floor((source.nextUint32() / 2 ** 32) * pictureCount);
    return pictures;
  });
  return { pictureCount, draws };
}

/**
 * Scores every draw from the sums of its pictures' counts: BLEU and METEOR as those of a set, means as means. CIDEr's document
 * frequencies stay those of the whole set, for they describe the language, not the sample.
 */
export function scoreDraws(result: MetricResult, { draws, pictureCount }: PictureDraws): DrawnScores {
  const scores = result.names.map(() => new Array<number>(draws.length).fill(0));
  const sums = new Float64Array(result.width);
  const { rows, width } = result;
  draws.forEach((pictures, draw) => {
    sums.fill(0);
    for (const picture of pictures) {
      const start = picture * width;
      for (let column = 0; column < width; column++) sums[column] = (sums[column] ?? 0) + (rows[start + column] ?? 0);
    }
    result.combine(sums, pictureCount).forEach((score, k) => {
      const ofName = scores[k];
      if (ofName) ofName[draw] = score;
    });
  });
  return scores;
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
