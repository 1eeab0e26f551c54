/** @file Choices among captions, against SciPy 1.17.1 and statsmodels 0.15.0. */
import { describe, expect, it } from 'vitest';
import { holmCorrected, signTest, tallyChoices, wilsonInterval } from '../../../src/core/metric/preference.ts';

describe('wilsonInterval', () => {
  it.each([
    [0, 1, 0, 0.7934506856227627],
    [1, 1, 0.2065493143772374, 1],
    [0, 10, 0, 0.27753279986288926],
    [3, 10, 0.10779126740630104, 0.6032218525388546],
    [10, 10, 0.7224672001371106, 1],
    [23, 60, 0.27088272374082023, 0.5098240417590008],
    [417, 1000, 0.38681470363066783, 0.4478205382779342],
    [5012, 10000, 0.4914016292246268, 0.5109974491792835],
  ])('of %i among %i is what statsmodels gives', (count, total, low, high) => {
    const interval = wilsonInterval(count, total);
    expect(interval.low).toBeCloseTo(low, 13);
    expect(interval.high).toBeCloseTo(high, 13);
  });

  it('knows nothing where nothing was counted', () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('signTest', () => {
  it.each([
    [1, 0, 1],
    [5, 1, 0.21875],
    [6, 6, 1],
    [12, 5, 0.143463134765625],
    [40, 21, 0.0204147137996349],
    [300, 251, 0.04077065347549079],
    [5100, 4900, 0.04658552770494645],
  ])('of %i and %i is what SciPy gives, either way round', (a, b, p) => {
    expect(signTest(a, b) / p).toBeCloseTo(1, 10);
    expect(signTest(b, a)).toBe(signTest(a, b));
  });

  it('finds no difference where nothing was counted', () => {
    expect(signTest(0, 0)).toBe(1);
  });

  it('has a number for counts whose chance is below what a float can hold in one piece', () => {
    expect(signTest(900, 3)).toBeGreaterThan(0);
    expect(signTest(900, 3)).toBeLessThan(1e-250);
  });
});

describe('holmCorrected', () => {
  it.each([
    [
      [0.01, 0.04, 0.03, 0.5],
      [0.04, 0.09, 0.09, 0.5],
    ],
    [
      [0.02, 0.02, 0.9],
      [0.06, 0.06, 0.9],
    ],
    [[0.3], [0.3]],
    [[], []],
  ])('of %j is what statsmodels gives', (values, corrected) => {
    const found = holmCorrected(values);
    expect(found).toHaveLength(corrected.length);
    corrected.forEach((value, place) => expect(found[place]).toBeCloseTo(value, 14));
  });
});

describe('tallyChoices', () => {
  it('counts each candidate among all pictures that were judged, those without a difference too', () => {
    const tally = tallyChoices([0, 0, 2, null, 0, 2, 0, null, 0, 0], 3);
    expect(tally.judged).toBe(10);
    expect(tally.undecided).toBe(2);
    expect(tally.preferences.map(({ chosen, share }) => [chosen, share])).toEqual([
      [6, 0.6],
      [0, 0],
      [2, 0.2],
    ]);
    expect(tally.preferences[2]).toMatchObject(wilsonInterval(2, 10));
  });

  it('compares every two, the clearest first, and corrects for the number of pairs', () => {
    const { pairs } = tallyChoices([0, 0, 2, 0, 0, 2, 0, 0, 0, 0], 3);
    expect(pairs.map(({ first, second, firstChosen, secondChosen }) => [first, second, firstChosen, secondChosen])).toEqual([
      [0, 1, 8, 0],
      [0, 2, 8, 2],
      [2, 1, 2, 0],
    ]);
    expect(pairs.map(({ p }) => p)).toEqual([3 * signTest(8, 0), 2 * signTest(8, 2), signTest(2, 0)]);
  });

  it('of nothing is nothing', () => {
    expect(tallyChoices([], 2)).toEqual({
      judged: 0,
      undecided: 0,
      preferences: [0, 1].map(() => ({ chosen: 0, share: 0, low: 0, high: 1 })),
      pairs: [{ first: 0, second: 1, firstChosen: 0, secondChosen: 0, p: 1 }],
    });
  });
});
