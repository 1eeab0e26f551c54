/** @file In which order pictures and captions are learned: a function of the seed alone, so that resumed training goes on at its place. */

import { makeRandom, type Random } from '../../../core/tensor/random.ts';

/** One picture's turn in an epoch: which of its captions are learned. */
export interface Turn {
  /** Index of the picture. */
  readonly picture: number;
  /** Indices of its captions. */
  readonly captions: readonly number[];
}

/** What the order depends on. */
export interface OrderOptions {
  readonly seed: number;
  readonly batchPictures: number;
  readonly captionsPerPicture: number;
}

/** Batches whose pictures are sorted by length among each other: enough that little is padded, few enough that the order stays random. */
const windowBatches = 24;

/**
 * Gives the batches of one epoch, counted from 0. Each picture has one turn; pictures of like length share a batch.
 *
 * @param captionLengths for each picture the lengths of its captions, in tokens
 */
export function batchesOfEpoch(
  captionLengths: readonly (readonly number[])[],
  epoch: number,
  { seed, batchPictures, captionsPerPicture }: OrderOptions,
): readonly (readonly Turn[])[] {
  const random = makeRandom(seed, epoch);
  const turns = shuffled(
    captionLengths.map((lengths, picture) => ({
      picture,
      captions: chooseCaptions(lengths.length, epoch, { seed, picture, captionsPerPicture }),
    })),
    random,
  );
  const lengthOf = ({ picture, captions }: Turn): number =>
    captions.reduce((sum, caption) => sum + (captionLengths[picture]?.[caption] ?? 0), 0);
  const batches: Turn[][] = [];
  for (let first = 0; first < turns.length; first += windowBatches * batchPictures) {
    const window = turns.slice(first, first + windowBatches * batchPictures).sort((a, b) => lengthOf(a) - lengthOf(b));
    const cut: Turn[][] = [];
    for (let at = 0; at < window.length; at += batchPictures) cut.push(window.slice(at, at + batchPictures));
    batches.push(...shuffled(cut, random));
  }
  return batches;
}

/** Goes around a shuffled circle of a picture's captions, so that all of them are learned equally often. */
function chooseCaptions(
  count: number,
  epoch: number,
  { seed, picture, captionsPerPicture }: { readonly seed: number; readonly picture: number; readonly captionsPerPicture: number },
): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (captionsPerPicture >= count) return all;
  const circle = shuffled(all, makeRandom(seed ^ 0x5bd1e995, picture));
  return Array.from({ length: captionsPerPicture }, (_, i) => circle[(epoch * captionsPerPicture + i) % count] ?? 0);
}

/** @source Fisher and Yates, as Durstenfeld 1964 has it */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random.nextUniform() * (i + 1));
    const [a, b] = [result[i], result[j]];
    if (a !== undefined && b !== undefined) [result[i], result[j]] = [b, a];
  }
  return result;
}
