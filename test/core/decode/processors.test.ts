import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRules, banRepeatedNgrams, banSequences, penalizeRepetition } from '../../../src/core/decode/processors.ts';
import { keepMinP, keepTopK, keepTopP } from '../../../src/core/decode/warpers.ts';
import { argMax, logSumExp, softmax } from '../../../src/core/decode/softmax.ts';

const free = { repetitionPenalty: 1, noRepeatNgram: 0, bannedSequences: [], minNewTokens: 0, stopIds: [0] };
const banned = (scores: Float32Array): number[] => [...scores.keys()].filter((id) => scores[id] === -Infinity);

describe('penalizeRepetition', () => {
  it('makes a token less likely once, however often it came, whatever the sign of its score', () => {
    const scores = Float32Array.of(2, -2, 2, -2);
    penalizeRepetition(scores, [0, 0, 1, 1, 1], 2);
    expect([...scores]).toEqual([1, -4, 2, -2]);
  });

  it('passes over ids outside of the vocabulary, as those of images can be', () => {
    const scores = Float32Array.of(2, 2);
    penalizeRepetition(scores, [-200, 32_000, 1], 2);
    expect([...scores]).toEqual([2, 1]);
    expect(Object.keys(scores)).toEqual(['0', '1']);
  });
});

describe('banRepeatedNgrams', () => {
  it('bans what would complete a sequence that is there already', () => {
    const scores = new Float32Array(6);
    banRepeatedNgrams(scores, [1, 2, 3, 1, 2, 4, 1, 2], 3);
    expect(banned(scores)).toEqual([3, 4]);
  });

  it('bans nothing in a text shorter than the sequence', () => {
    const scores = new Float32Array(4);
    banRepeatedNgrams(scores, [1], 3);
    expect(banned(scores)).toEqual([]);
  });
});

describe('banSequences', () => {
  it('bans the last token of a sequence only after the others', () => {
    const rules = { bannedSequences: [[1, 2, 3], [4]], stopIds: [0] };
    const before = new Float32Array(5);
    banSequences(before, [2, 1], rules);
    expect(banned(before)).toEqual([4]);
    const after = new Float32Array(5);
    banSequences(after, [9, 1, 2], rules);
    expect(banned(after)).toEqual([3, 4]);
  });

  it('leaves a stop id alone, and a sequence longer than the text', () => {
    const scores = new Float32Array(4);
    banSequences(scores, [], { bannedSequences: [[0], [1, 2], []], stopIds: [0] });
    expect(banned(scores)).toEqual([]);
  });
});

describe('applyRules', () => {
  it('holds stop ids back until there are enough new tokens', () => {
    for (const [length, wanted] of [
      [3, [0]],
      [4, [0]],
      [5, []],
    ] as const) {
      const scores = new Float32Array(3);
      applyRules(scores, { ...free, minNewTokens: 2 }, Array<number>(length).fill(2), 3);
      expect(banned(scores)).toEqual(wanted);
    }
  });
});

describe('warpers', () => {
  const rows = fc.array(fc.float({ min: -40, max: 40, noNaN: true }), { minLength: 1, maxLength: 60 }).map((row) => Float32Array.from(row));

  it('keepTopK keeps every score that fewer than k others exceed', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 70 }), (row, k) => {
        const scores = row.slice();
        keepTopK(scores, k);
        row.forEach((score, id) => expect(scores[id] === -Infinity).toBe(row.filter((other) => other > score).length >= k));
      }),
    );
  });

  it.each([1000, 1025, 4999])('keepTopK keeps %i of 5,000 different scores', (k) => {
    const scores = Float32Array.from({ length: 5000 }, (_, id) => (id * 1777) % 5000);
    keepTopK(scores, k);
    expect(scores.filter((score) => score > -Infinity)).toHaveLength(k);
    expect(Math.min(...scores.filter((score) => score > -Infinity))).toBe(5000 - k);
  });

  it('keepTopP keeps the fewest likeliest tokens that reach p, and always the likeliest', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 0.999, noNaN: true }), (row, p) => {
        const scores = row.slice();
        keepTopP(scores, p);
        const probabilities = [...softmax(row)];
        const kept = probabilities.filter((_, id) => (scores[id] ?? -Infinity) > -Infinity);
        const sum = kept.reduce((total, value) => total + value, 0);
        expect(scores[argMax(row)]).toBe(row[argMax(row)]);
        expect(sum).toBeGreaterThanOrEqual(p - 1e-6);
        expect(sum - Math.min(...kept)).toBeLessThan(p + 1e-6);
        expect(Math.min(...kept)).toBeGreaterThanOrEqual(Math.max(0, ...probabilities.filter((_, id) => scores[id] === -Infinity)));
      }),
    );
  });

  it('keepTopP finds its set among 150,000 nearly equal tokens', () => {
    const scores = Float32Array.from({ length: 150_000 }, (_, id) => -(id % 97) / 100);
    keepTopP(scores, 0.5);
    const share = softmax(Float32Array.from({ length: 150_000 }, (_, id) => -(id % 97) / 100));
    const sum = share.reduce((total, value, id) => ((scores[id] ?? -Infinity) > -Infinity ? total + value : total), 0);
    expect(sum).toBeGreaterThanOrEqual(0.5);
    expect(sum).toBeLessThan(0.5001);
  });

  it('keepMinP keeps tokens by their share of the likeliest one', () => {
    const scores = Float32Array.from([0.5, 0.3, 0.15, 0.05], Math.log);
    keepMinP(scores, 0.25);
    expect(banned(scores)).toEqual([3]);
  });
});

describe('logSumExp', () => {
  it('neither overflows nor underflows, and is minus infinity for no score at all', () => {
    expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.log(2), 6);
    expect(logSumExp(Float32Array.of(-1000, -Infinity))).toBe(-1000);
    expect(logSumExp(Float32Array.of(-Infinity))).toBe(-Infinity);
  });
});
