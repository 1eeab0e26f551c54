/** @file The words of a text, for counting and comparing: runs of letters and digits, with hyphens and apostrophes inside. */

/** A word and where it stands. */
export interface FoundWord {
  /** In small letters. */
  readonly word: string;
  /** Inclusive, in UTF-16 units. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Finds the words of a text in order. */
export function findWords(text: string): readonly FoundWord[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*/gu), ({ 0: word, index }) => ({
    word: word.toLowerCase().replaceAll('’', "'"),
    start: index,
    end: index + word.length,
  }));
}

/** Counts the words of a text. */
export function countWords(text: string): number {
  return findWords(text).length;
}
