/** @file Intervals and comparisons by drawing pictures. */
import { describe, expect, it } from 'vitest';
import { pairedPValue, percentileInterval, scoreDraws, type DrawnScores, type DrawOptions } from '../../../src/core/metric/bootstrap.ts';
import { meanResult, ratioResult, sumRows, type MetricResult } from '../../../src/core/metric/picture-sums.ts';
import { scoreBleu } from '../../../src/core/metric/bleu.ts';
import { scoreRouge } from '../../../src/core/metric/rouge.ts';
import { finish } from '../../../src/core/metric/steps.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { fixtureLines, prepare } from './golden-sets.ts';
import type { GoldenPicture } from './golden-sets.ts';

const drawnOf = (result: MetricResult, pictureCount: number, options: DrawOptions): DrawnScores =>
  finish(scoreDraws([result], pictureCount, options))[0] ?? [];

describe('scoreDraws', () => {
  const pictures = fixtureLines<GoldenPicture>('fakecap-100.jsonl');
  const { set, hypotheses } = prepare(pictures);

  it('scores a draw as the metric scores a set of the drawn pictures', () => {
    const drawn = drawnOf(finish(scoreBleu(hypotheses, set.references, set.index)), pictures.length, { draws: 5, source: makeRandom(3) });
    const random = makeRandom(3);
    for (let draw = 0; draw < 5; draw++) {
      const chosen = pictures.map(() => Math.floor((random.nextUint32() / 2 ** 32) * pictures.length));
      const again = finish(
        scoreBleu(
          chosen.flatMap((picture) => hypotheses[picture] ?? []),
          chosen.map((picture) => set.references[picture] ?? []),
          set.index,
        ),
      );
      expect(again.combine(sumRows(again.rows, again.width), chosen.length)).toEqual(drawn.map((scores) => scores[draw]));
    }
  });

  it('gives a metric the same draws whether it is scored alone or with others, and others from another seed', () => {
    const bleu = finish(scoreBleu(hypotheses, set.references, set.index));
    const rouge = finish(scoreRouge(hypotheses, set.references));
    const options = (seed: number): DrawOptions => ({ draws: 20, source: makeRandom(seed) });
    const together = finish(scoreDraws([bleu, rouge], pictures.length, options(7)));
    expect(together).toEqual([drawnOf(bleu, pictures.length, options(7)), drawnOf(rouge, pictures.length, options(7))]);
    expect(drawnOf(bleu, pictures.length, options(8))).not.toEqual(together[0]);
  });

  it('refuses what would fill the memory before it draws, and draws a large set often', () => {
    const mean = meanResult('mean', [1, 2, 3]);
    expect(() => drawnOf(mean, 3, { draws: 100_000_000, source: makeRandom(7) })).toThrow('ask for 1000000 at most');
    // All draws of a million pictures at once would take 4 GB.
    const steps = scoreDraws([mean], 1_000_000, { draws: 1000, source: makeRandom(7) });
    expect(steps.next()).toMatchObject({ done: false, value: 0 });
    expect(steps.next()).toMatchObject({ done: false, value: 0.001 });
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
      const { low, high } = percentileInterval(drawnOf(meanResult('mean', sample), 60, { draws: 300, source: random })[0] ?? []);
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.88);
    expect(covered / trials).toBeLessThan(0.99);
  });
});

describe('pairedPValue', () => {
  const random = makeRandom(2);
  const base = Array.from({ length: 100 }, () => random.nextUniform());
  const drawn = (scores: readonly number[]): readonly number[] =>
    drawnOf(meanResult('mean', scores), 100, { draws: 1000, source: makeRandom(1) })[0] ?? [];

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
