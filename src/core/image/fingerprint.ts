/** @file What a picture looks like in 56 bytes: to find the same one again after resizing, packing or small changes. */

import type { Picture } from './picture.ts';
import { resizePicture } from './resize.ts';

/** The look of a picture. */
export interface Fingerprint {
  /** Whether it grows brighter from each of 8 x 8 places to the next on the right: the upper and the lower 32 bits. */
  readonly bits: readonly [upper: number, lower: number];
  /** The colours of 4 x 4 places. @shape [4, 4, 3] */
  readonly colors: readonly number[];
}

/** Takes a picture's fingerprint. @source difference hash: Krawetz 2013, hackerfactor.com/blog 529 */
export function takeFingerprint(picture: Picture): Fingerprint {
  const { data } = resizePicture(picture, { width: 9, height: 8 }, { filter: 'bilinear' });
  const bits: [number, number] = [0, 0];
  for (let place = 0; place < 64; place++) {
    const at = ((place >> 3) * 9 + (place & 7)) * 3;
    const half = place < 32 ? 0 : 1;
    bits[half] = ((bits[half] << 1) | (brightness(data, at) < brightness(data, at + 3) ? 1 : 0)) >>> 0;
  }
  const { data: colors } = resizePicture(picture, { width: 4, height: 4 }, { filter: 'bilinear' });
  return { bits, colors: [...colors] };
}

/** Counts the places at which two fingerprints differ, from 0 to 64. */
export function countDifferences(a: Fingerprint, b: Fingerprint): number {
  return countBits(a.bits[0] ^ b.bits[0]) + countBits(a.bits[1] ^ b.bits[1]);
}

/** Gives the mean difference of the colours, from 0 to 255: a blue sky and a grey one have the same bits. */
export function colorDifference(a: Fingerprint, b: Fingerprint): number {
  return a.colors.reduce((sum, color, i) => sum + Math.abs(color - (b.colors[i] ?? 0)), 0) / a.colors.length;
}

function brightness(data: Uint8Array, at: number): number {
  return 299 * (data[at] ?? 0) + 587 * (data[at + 1] ?? 0) + 114 * (data[at + 2] ?? 0);
}

function countBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55_55_55_55);
  const fours = (pairs & 0x33_33_33_33) + ((pairs >>> 2) & 0x33_33_33_33);
  return Math.imul((fours + (fours >>> 4)) & 0x0f_0f_0f_0f, 0x01_01_01_01) >>> 24;
}
