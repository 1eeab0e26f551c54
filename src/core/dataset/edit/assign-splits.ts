/** @file Deals pictures out to the parts of a data set. */

import { StudioError } from '../../error.ts';
import type { DatasetItem } from '../item.ts';

/** A part and its share. */
export interface SplitShare {
  readonly name: string;
  /** In any unit: 90 and 10 is the same as 0.9 and 0.1. */
  readonly share: number;
}

/**
 * Reads shares such as `train:90,validation:10`.
 *
 * @throws {StudioError} 'argument-invalid' when they are none
 */
export function parseShares(text: string): readonly SplitShare[] {
  const shares = text.split(',').map((part) => {
    const { name, share } = /^\s*(?<name>[\w-]+):(?<share>\d+(?:\.\d+)?)%?\s*$/u.exec(part)?.groups ?? {};
    if (name === undefined)
      throw new StudioError('argument-invalid', `splits: "${part}" is no name and share, as in train:90,validation:10`);
    return { name, share: Number(share) };
  });
  const isTwice = new Set(shares.map(({ name }) => name)).size < shares.length;
  if (isTwice || shares.every(({ share }) => share === 0)) {
    throw new StudioError('argument-invalid', `splits: ${text}: each name once, and one share at least above 0`);
  }
  return shares;
}

/**
 * Deals pictures out by a number that is made of their paths: the same picture comes into the same part each time, and pictures that are
 * added later move no other. Shares are kept as chance keeps them.
 */
export function assignSplits(items: readonly DatasetItem[], shares: readonly SplitShare[]): readonly DatasetItem[] {
  const whole = shares.reduce((sum, { share }) => sum + share, 0);
  return items.map((item) => {
    let left = placeOf(item.path) * whole;
    const split = shares.find(({ share }) => (left -= share) < 0) ?? shares.findLast(({ share }) => share > 0);
    return { ...item, split: split?.name ?? null };
  });
}

/** A number from 0 (inclusive) to 1 (exclusive): FNV-1a, its bits mixed once more since paths differ in their ends. */
function placeOf(path: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(path.normalize('NFC'))) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
