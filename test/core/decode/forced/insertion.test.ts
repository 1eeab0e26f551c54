import { describe, expect, it } from 'vitest';
import { checkForcedRoom, roomOfWords, type ForcedWord } from '../../../../src/core/decode/forced/forced-words.ts';
import { insertionOf } from '../../../../src/core/decode/forced/insertion.ts';

const spelled: Readonly<Record<number, string>> = { 1: 'dog', 2: ' dog', 3: ',', 11: 'cat', 12: ' cat' };
const wordOf = (text: string, first: number): ForcedWord => ({
  text,
  bare: [first],
  spaced: [first + 1],
  listed: [3, first + 1],
  spellings: [],
});
const dog = wordOf('dog', 1);
const cat = wordOf('cat', 11);

function put(text: string, words: readonly ForcedWord[] = [dog], stops: readonly string[] = [], startLength = 0): string {
  return text + insertionOf(words, { text, startLength }, stops).map((id) => spelled[id] ?? '?').join(''); // prettier-ignore
}

describe('insertionOf', () => {
  it.each([
    ['A man on a hill', 'A man on a hill, dog'],
    ['man, hill,', 'man, hill, dog'],
    ['A man on a hill.', 'A man on a hill. dog'],
    ['He said “stop!”', 'He said “stop!” dog'],
    ['', 'dog'],
    ['- hill\n', '- hill\ndog'],
    ['seen here: ', 'seen here: dog'],
    ['seen here:', 'seen here: dog'],
    ['a hill (', 'a hill (dog'],
  ])('reads on from %j', (text, whole) => {
    expect(put(text)).toBe(whole);
  });

  it('lists several words, and nothing for none', () => {
    expect(put('A hill', [dog, cat])).toBe('A hill, dog, cat');
    expect(put('A hill', [])).toBe('A hill');
  });

  it('goes on without a comma from what the caption was made to begin with', () => {
    expect(put('A photo of a', [dog], [], 12)).toBe('A photo of a dog');
  });

  it('takes another form where the fitting one would make a stop string', () => {
    expect(put('A hill', [dog], [','])).toBe('A hill dog');
    expect(put('A hill.', [dog], ['. '])).toBe('A hill., dog');
  });
});

describe('checkForcedRoom', () => {
  const vocabulary = { words: [dog, cat], continuesWord: () => false };

  it('counts the longest form of each word', () => {
    expect(roomOfWords([dog, cat])).toBe(4);
  });

  it('refuses words that do not fit, telling what they take', () => {
    expect(() => {
      checkForcedRoom(vocabulary, '', 4);
    }).not.toThrow();
    expect(() => {
      checkForcedRoom(vocabulary, '', 3);
    }).toThrow(/"dog", "cat" must fit into a caption, which takes up to 4 tokens where 3 may be written/);
  });

  it('needs no room for words with which captions begin', () => {
    expect(() => {
      checkForcedRoom(vocabulary, 'The Dog and', 2);
    }).not.toThrow();
  });
});
