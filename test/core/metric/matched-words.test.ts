/** @file Marks of shared words. */
import { describe, expect, it } from 'vitest';
import { markText, matchOrders } from '../../../src/core/metric/matched-words.ts';

describe('matchOrders', () => {
  it('gives each word the longest shared n-gram over it', () => {
    const tokens = 'a red cat on the old mat'.split(' ');
    const references = ['the red cat on the mat', 'a mat'].map((text) => text.split(' '));
    expect(matchOrders(tokens, references)).toEqual([1, 4, 4, 4, 4, 0, 1]);
  });

  it('joins no words of two references', () => {
    expect(matchOrders(['a', 'b'], [['a'], ['b']])).toEqual([1, 1]);
  });
});

describe('markText', () => {
  it('brings marks back onto the text as written, blanks within a mark included', () => {
    expect(markText('A red CAT, asleep.', ['a', 'red', 'cat', 'asleep'], [0, 2, 2, 1])).toEqual([
      { text: 'A ', order: 0 },
      { text: 'red CAT', order: 2 },
      { text: ', ', order: 0 },
      { text: 'asleep', order: 1 },
      { text: '.', order: 0 },
    ]);
  });

  it('passes over tokens that the text does not have', () => {
    const stretches = markText('a (cat)', ['a', '-lrb-', 'cat', '-rrb-'], [1, 0, 1, 0]);
    expect(stretches.map(({ text }) => text).join('')).toBe('a (cat)');
    expect(stretches.filter(({ order }) => order === 1).map(({ text }) => text)).toEqual(['a', 'cat']);
  });
});
