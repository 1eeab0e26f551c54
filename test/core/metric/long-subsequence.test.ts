/** @file The longest common subsequence by bits against the table written plainly. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longCommonSubsequenceLength } from '../../../src/core/metric/long-subsequence.ts';
import { commonSubsequenceLength } from '../../../src/core/metric/rouge.ts';

/** By the definition, without any shortcut. */
function plainLength(a: Int32Array, b: Int32Array): number {
  const table = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const [above = 0, left = 0, diagonal = 0] = [table[i - 1]?.[j], table[i]?.[j - 1], table[i - 1]?.[j - 1]];
      (table[i] ?? new Int32Array())[j] = a[i - 1] === b[j - 1] ? diagonal + 1 : Math.max(above, left);
    }
  return table[a.length]?.[b.length] ?? 0;
}

describe('longCommonSubsequenceLength', () => {
  const texts = (words: number, maxLength: number): fc.Arbitrary<Int32Array> =>
    fc.array(fc.integer({ min: 0, max: words - 1 }), { maxLength, size: 'max' }).map((list) => Int32Array.from(list));

  it.each([2, 5, 300])('is what the plain table says, with %i different words', (words) => {
    fc.assert(
      fc.property(texts(words, 400), texts(words, 400), (a, b) => {
        expect(longCommonSubsequenceLength(a, b)).toBe(plainLength(a, b));
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('serves texts of any length through commonSubsequenceLength', () => {
    const a = Int32Array.from({ length: 20_000 }, (_, i) => i % 700);
    const b = Int32Array.from({ length: 15_000 }, (_, i) => i % 700);
    expect(commonSubsequenceLength(a, b)).toBe(15_000);
    expect(commonSubsequenceLength(a, b.toReversed())).toBe(commonSubsequenceLength(b.toReversed(), a));
    expect(commonSubsequenceLength(a, Int32Array.of(-1))).toBe(0);
  });
});
