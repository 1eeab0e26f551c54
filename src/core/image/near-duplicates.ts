/** @file Groups pictures that look alike, among ten thousand in a moment. */

import { colorDifference, countDifferences, type Fingerprint } from './fingerprint.ts';

/** A picture with its look. */
export interface FingerprintedPicture {
  readonly path: string;
  readonly fingerprint: Fingerprint;
}

/** How alike pictures have to be. */
export interface Likeness {
  /** So many of 64 places may differ. */
  readonly places: number;
  /** The colours may differ by so much, of 255. */
  readonly colors: number;
}

/** A picture resized or packed anew differs in up to three places; other photos of one scene in more than ten. */
export const defaultLikeness: Likeness = { places: 5, colors: 12 };

/**
 * Lists groups of pictures that look alike, each of two or more, in the order of the first. Those are compared only that agree in one of
 * `places + 1` bands of bits: where fewer places differ than there are bands, one band is the same.
 */
export function findNearDuplicates(
  pictures: readonly FingerprintedPicture[],
  likeness: Likeness = defaultLikeness,
): readonly (readonly string[])[] {
  const group = pictures.map((_, i) => i);
  const leaderOf = (i: number): number => {
    let leader = i;
    while (group[leader] !== undefined && group[leader] !== leader) leader = group[leader] ?? leader;
    group[i] = leader;
    return leader;
  };
  for (const bucket of bucketsOf(pictures, likeness.places + 1)) {
    for (const [n, i] of bucket.entries()) {
      for (const j of bucket.slice(0, n)) {
        const [a, b] = [leaderOf(i), leaderOf(j)];
        if (a !== b && isAlike(pictures[i], pictures[j], likeness)) group[Math.max(a, b)] = Math.min(a, b);
      }
    }
  }
  const groups = new Map<number, string[]>();
  for (const [i, { path }] of pictures.entries()) groups.set(leaderOf(i), [...(groups.get(leaderOf(i)) ?? []), path]);
  return [...groups.values()].filter((paths) => paths.length > 1);
}

/** Indices of pictures that agree in a band, band by band. */
function* bucketsOf(pictures: readonly FingerprintedPicture[], bands: number): Generator<readonly number[]> {
  for (let band = 0; band < bands; band++) {
    const first = Math.floor((band * 64) / bands);
    const end = Math.floor(((band + 1) * 64) / bands);
    const buckets = new Map<string, number[]>();
    for (const [i, { fingerprint }] of pictures.entries()) {
      const [upper, lower] = fingerprint.bits;
      const bits = (upper.toString(2).padStart(32, '0') + lower.toString(2).padStart(32, '0')).slice(first, end);
      const known = buckets.get(bits);
      if (known === undefined) buckets.set(bits, [i]);
      else known.push(i);
    }
    yield* buckets.values();
  }
}

function isAlike(a: FingerprintedPicture | undefined, b: FingerprintedPicture | undefined, { places, colors }: Likeness): boolean {
  if (a === undefined || b === undefined) return false;
  return countDifferences(a.fingerprint, b.fingerprint) <= places && colorDifference(a.fingerprint, b.fingerprint) <= colors;
}
