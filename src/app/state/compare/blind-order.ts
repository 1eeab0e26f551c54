/** @file The order in which captions are shown to someone who is not to know whose they are. */

import { makeRandom } from '../../../core/tensor/random.ts';

/** Shuffles the captions of one picture: the same each time for the same seed and picture, and fair among pictures. */
export function blindOrder<T>(items: readonly T[], seed: number, pictureId: string): readonly T[] {
  const random = makeRandom(seed, numberOf(pictureId));
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.nextUniform() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

/** The letter of a place: A, B, C, after Z numbers. */
export function letterOf(place: number): string {
  return place < 26 ? String.fromCharCode(65 + place) : String(place + 1);
}

/** A number for a text that differs for nearly all texts. @source FNV-1a, 32 bits */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
