/** @file Seeded random numbers: the same on every machine, one independent generator for each thing that draws. */

/** A generator; each call moves it on. */
export interface Random {
  /** Draws a whole number from 0 (inclusive) to 2^32 (exclusive). */
  nextUint32(): number;
  /** Draws from 0 (inclusive) to 1 (exclusive), with 53 bits. */
  nextUniform(): number;
}

/**
 * Makes a generator from a seed and the number of a stream; streams of one seed do not follow each other's numbers.
 *
 * @source xoshiro128** 1.1 by Blackman and Vigna (prng.di.unimi.it), its state filled by the mixer of SplitMix32
 */
export function makeRandom(seed: number, stream = 0): Random {
  const mix = splitMix(seed, stream);
  return randomFrom([mix(), mix(), mix(), mix()]);
}

/** Makes a generator from its four words of state. */
export function randomFrom(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state;
  if ((a | b | c | d) === 0) d = 1; // the one state that xoshiro never leaves
  const nextUint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  const nextUniform = (): number => ((nextUint32() >>> 5) * 0x4000000 + (nextUint32() >>> 6)) / 0x20000000000000;
  return { nextUint32, nextUniform };
}

function splitMix(seed: number, stream: number): () => number {
  // The stream is mixed before it joins the seed, so that (1, 0) and (0, 1) are no neighbours.
  let state = (seed ^ mix32(stream + 0x632be5ab)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix32(state);
  };
}

function mix32(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
