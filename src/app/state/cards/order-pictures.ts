/** @file Pictures in the order of their scores. */

/** Which end comes first. */
export type PictureOrder = 'worst' | 'best';

/** Gives places of pictures, from one end of their scores; equal scores stay in the set's order. */
export function orderPictures(scores: ArrayLike<number>, order: PictureOrder, isLowerBetter: boolean): readonly number[] {
  const sign = (order === 'worst') === isLowerBetter ? -1 : 1;
  return Array.from({ length: scores.length }, (_, place) => place).sort((a, b) => sign * ((scores[a] ?? 0) - (scores[b] ?? 0)));
}
