/** @file Intervals and comparisons by drawing pictures. */
import { describe, expect, it } from 'vitest';
import { drawPictures, pairedPValue, percentileInterval, scoreDraws } from '../../../src/core/metric/bootstrap.ts';
import { meanResult, ratioResult } from '../../../src/core/metric/picture-sums.ts';
import { scoreBleu } from '../../../src/core/metric/bleu.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { fixtureLines, prepare } from './golden-sets.ts';
import type { GoldenPicture } from './golden-sets.ts';

describe('drawPictures', () => {
  it('refuses what would fill the memory before it draws', () => {
    expect(() => drawPictures(3, 100_000_000, makeRandom(7))).toThrow('draws: 100000000 of 3 pictures would fill the memory');
    expect(() => drawPictures(5000, 1_000_000, makeRandom(7))).toThrow('ask for fewer');
  });

  it('draws the same pictures from the same seed, and all of them in time', () => {
    const first = drawPictures(50, 20, makeRandom(7));
    expect(drawPictures(50, 20, makeRandom(7))).toEqual(first);
    expect(drawPictures(50, 20, makeRandom(8))).not.toEqual(first);
    expect(new Set(first.draws.flatMap((draw) => [...draw])).size).toBe(50);
  });
});

describe('scoreDraws', () => {
  it('scores a draw as the metric scores a set of the drawn pictures', () => {
    const pictures = fixtureLines<GoldenPicture>('fakecap-100.jsonl');
    const { set, hypotheses } = prepare(pictures);
    const draws = drawPictures(pictures.length, 5, makeRandom(3));
    const drawn = scoreDraws(scoreBleu(hypotheses, set.references, set.index), draws);
    draws.draws.forEach((draw, i) => {
      const chosen = [...draw];
      const again = scoreBleu(
        chosen.flatMap((picture) => hypotheses[picture] ?? []),
        chosen.map((picture) => set.references[picture] ?? []),
        set.index,
      );
      const sums = new Float64Array(again.width);
      again.rows.forEach((count, place) => {
        sums[place % again.width] = (sums[place % again.width] ?? 0) + count;
      });
      expect(again.combine(sums, chosen.length)).toEqual(drawn.map((scores) => scores[i]));
    });
  });
});

describe('percentileInterval', () => {
  it('holds the middle 95 %', () => {
    const values = Array.from({ length: 1001 }, (_, i) => (i * 379) % 1001);
    expect(percentileInterval(values)).toEqual({ low: 25, high: 975 });
  });

  it('covers the true mean about as often as it says', () => {
    const random = makeRandom(11);
    let covered = 0;
    const trials = 200;
    for (let trial = 0; trial < trials; trial++) {
      const sample = Array.from({ length: 60 }, () => random.nextUniform());
      const { low, high } = percentileInterval(scoreDraws(meanResult('mean', sample), drawPictures(60, 300, random))[0] ?? []);
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.88);
    expect(covered / trials).toBeLessThan(0.99);
  });
});

describe('pairedPValue', () => {
  const draws = drawPictures(100, 1000, makeRandom(1));
  const random = makeRandom(2);
  const base = Array.from({ length: 100 }, () => random.nextUniform());
  const drawn = (scores: readonly number[]): readonly number[] => scoreDraws(meanResult('mean', scores), draws)[0] ?? [];

  it('is 1 for a system against itself', () => {
    expect(pairedPValue(drawn(base), drawn(base))).toBe(1);
  });

  it('is small for a system that is a little better on nearly every picture, whichever way it is asked', () => {
    const better = base.map((score, i) => score + (i % 10 === 0 ? -0.01 : 0.02));
    expect(pairedPValue(drawn(better), drawn(base))).toBeLessThan(0.01);
    expect(pairedPValue(drawn(base), drawn(better))).toBeLessThan(0.01);
  });

  it('is large for differences that go either way', () => {
    const different = base.map((score, i) => score + (i % 2 === 0 ? 0.1 : -0.1));
    expect(pairedPValue(drawn(different), drawn(base))).toBeGreaterThan(0.1);
  });
});

describe('ratioResult', () => {
  it('divides the sums and gives 0 where there is nothing to divide by', () => {
    const result = ratioResult('ratio', [1, 0, 3], [2, 0, 4]);
    expect(result.pictureScores).toEqual([[0.5, 0, 0.75]]);
    expect(result.combine(Float64Array.of(4, 6), 3)).toEqual([4 / 6]);
    expect(result.combine(Float64Array.of(0, 0), 3)).toEqual([0]);
  });
});
