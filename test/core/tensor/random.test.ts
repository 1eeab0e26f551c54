import { describe, expect, it } from 'vitest';
import { makeRandom, randomFrom } from '../../../src/core/tensor/random.ts';

describe('randomFrom', () => {
  it('gives the numbers of xoshiro128** as its authors define it', () => {
    const random = randomFrom([1, 2, 3, 4]);
    expect(Array.from({ length: 8 }, () => random.nextUint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ]);
  });
});

describe('makeRandom', () => {
  it('is even: mean, spread and each bit', () => {
    const random = makeRandom(0);
    const values = Array.from({ length: 50_000 }, () => random.nextUniform());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.006);
    expect(Math.abs(spread - 1 / 12)).toBeLessThan(0.003);
    expect(Math.max(...values.slice(0, 1000))).toBeLessThan(1);
  });

  it('keeps neighbouring seeds and streams apart from the first number on', () => {
    const firsts = [0, 1, 2, 3].flatMap((seed) => [0, 1, 2, 3].map((stream) => makeRandom(seed, stream).nextUint32()));
    expect(new Set(firsts).size).toBe(16);
  });
});
