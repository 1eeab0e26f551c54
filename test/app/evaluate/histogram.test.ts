/** @file Bins of histograms, and pictures in the order of their scores. */
import { describe, expect, it } from 'vitest';
import { countInBins } from '../../../src/app/state/evaluate/histogram.ts';
import { orderPictures } from '../../../src/app/state/cards/order-pictures.ts';

describe('countInBins', () => {
  it('counts whole numbers in bins of one, all lists over the same bins', () => {
    const { starts, width, shares } = countInBins([
      [3, 3, 5, 6],
      [4, 4],
    ]);
    expect({ starts, width }).toEqual({ starts: [3, 4, 5, 6], width: 1 });
    expect(shares).toEqual([
      [0.5, 0, 0.25, 0.25],
      [0, 1, 0, 0],
    ]);
  });

  it('takes a round width, holds every value, and puts an edge into the upper bin', () => {
    const values = Array.from({ length: 101 }, (_, i) => i / 100);
    const { starts, width, shares } = countInBins([values], 10);
    expect(width).toBeCloseTo(0.1, 12);
    expect(starts).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(shares[0]?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares[0]?.[3]).toBeCloseTo(10 / 101, 12);
  });

  it('has no bins for no values, and one for equal values', () => {
    expect(countInBins([[], []])).toEqual({ starts: [], width: 1, shares: [[], []] });
    expect(countInBins([[7, 7]]).shares).toEqual([[1]]);
    expect(countInBins([[0.3]]).shares).toEqual([[1]]);
  });
});

describe('orderPictures', () => {
  it('puts the worst first, whichever end that is, and leaves equal scores in order', () => {
    const scores = [0.5, 0.1, 0.9, 0.1];
    expect(orderPictures(scores, 'worst', false)).toEqual([1, 3, 0, 2]);
    expect(orderPictures(scores, 'best', false)).toEqual([2, 0, 1, 3]);
    expect(orderPictures(scores, 'worst', true)).toEqual([2, 0, 1, 3]);
    expect(orderPictures(scores, 'best', true)).toEqual([1, 3, 0, 2]);
  });
});
