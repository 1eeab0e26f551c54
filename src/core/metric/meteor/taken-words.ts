/** @file A set of words of a sentence that is copied often and changed never: sixteen bits a number. */

/** The words that are in the set. */
export type TakenWords = readonly number[];

/** Makes an empty set for a sentence of so many words. */
export function noWords(count: number): TakenWords {
  return new Array<number>((count >> 4) + 1).fill(0);
}

/** Tells whether a word is in the set. */
export function hasWord(taken: TakenWords, word: number): boolean {
  return (((taken[word >> 4] ?? 0) >> (word & 15)) & 1) === 1;
}

/** Makes the set with words from `start` on as well. */
export function withWords(taken: TakenWords, start: number, length: number): TakenWords {
  const more = taken.slice();
  for (let word = start; word < start + length; word++) more[word >> 4] = (more[word >> 4] ?? 0) | (1 << (word & 15));
  return more;
}
