import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginsInWord, hasWord, placeOfWord } from '../../../../src/core/decode/forced/word-search.ts';

describe('placeOfWord', () => {
  it.each([
    ['a dog runs', 'dog', 'within'],
    ['A DOG, running', 'dog', 'within'],
    ['a dog', 'Dog', 'at the end'],
    ['a dog.', 'dog', 'within'],
    ['dogs and hotdog', 'dog', 'missing'],
    ['dogs and a dog', 'dog', 'at the end'],
    ['sks_dog', 'dog', 'missing'],
    ['a well-dog-walked', 'dog', 'within'],
    ['an old   red\ncar here', 'red car', 'within'],
    ['cafe\u0301s', 'café', 'missing'],
    ['un cafe\u0301 noir', 'café', 'within'],
    ['cafe\u0301', 'cafe', 'missing'],
    ['большая Собака спит', 'собака', 'within'],
    ['一只狗在跑', '狗', 'within'],
    ['狗', '狗', 'within'],
    ['in C++ now', 'c++', 'within'],
    ['a dog\uFFFD', 'dog', 'missing'], // half of a character that may be a letter
    ['😀😀 fun', '😀', 'within'],
    ['', 'dog', 'missing'],
  ] as const)('of %j for %j', (text, word, place) => {
    expect(placeOfWord(text, word)).toBe(place);
  });

  it('finds any word between spaces, in any case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zäöüéß0-9]{1,8}$/u), fc.string(), fc.string(), (word, before, after) => {
        expect(hasWord(`${before} ${word.toUpperCase().toLowerCase()} ${after}`, word.toUpperCase())).toBe(true);
      }),
    );
  });
});

describe('beginsInWord', () => {
  it('knows letters, marks and digits from what parts words', () => {
    expect(['s', 'é', '\u0301', '7', '_', '\uFFFD'].map(beginsInWord)).toEqual([true, true, true, true, true, true]);
    expect(['', ' s', ', s', '.', '\n', '’s'].map(beginsInWord)).toEqual([false, false, false, false, false, false]);
  });
});
