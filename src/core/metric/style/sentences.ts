/** @file Sentences, words and syllables of a caption, as the measures of style count them. */

import type { PtbTokenizer } from '../ptb/tokenizer.ts';

/** A caption's sentences as lists of words, in small letters. */
export type Sentences = readonly (readonly string[])[];

/**
 * Splits a caption into sentences of words. A sentence ends at a token of `.`, `!` and `?` alone, so abbreviations end none; words are the
 * tokens with a letter or a digit, and a clitic (`n't`, `'s`) is a part of the word before it.
 */
export function splitSentences(caption: string, tokenizer: PtbTokenizer): Sentences {
  const sentences: string[][] = [];
  let current: string[] = [];
  for (const token of tokenizer.tokens(caption)) {
    if (/^[.!?]+$/u.test(token)) {
      if (current.length > 0) sentences.push(current);
      current = [];
    } else if (isClitic(token) && current.length > 0) {
      current.push((current.pop() ?? '') + token);
    } else if (/[\p{L}\p{N}]/u.test(token) && !/^-[lr][rcs]b-$/u.test(token)) {
      current.push(token);
    }
  }
  return current.length > 0 ? [...sentences, current] : sentences;
}

/**
 * Counts the syllables of an English word: its groups of vowels, less an `e` that is not spoken; at least one. Numbers count one a digit.
 */
export function countSyllables(word: string): number {
  const letters = word.replaceAll(/[^a-z]/gu, '');
  if (letters === '') return Math.max(1, word.replaceAll(/\P{N}/gu, '').length);
  const spoken = letters.replace(/(?:[^laeiouy]e|[^aeiouydt]ed|[^aeiouycgszxh]es)$/u, (ending) => ending.charAt(0));
  return Math.max(1, spoken.match(/[aeiouy]+/gu)?.length ?? 1);
}

/**
 * Tells whether a caption runs in circles: a phrase of up to 20 words stands three times in a row, or a sentence of three words or more
 * comes twice.
 */
export function hasLoop(sentences: Sentences): boolean {
  const said = new Set<string>();
  for (const sentence of sentences) {
    const text = sentence.join(' ');
    if (sentence.length >= 3 && said.has(text)) return true;
    said.add(text);
  }
  const words = sentences.flat();
  for (let length = 1; length <= 20 && 3 * length <= words.length; length++) {
    let run = 0; // words in a row that equal the word one phrase before
    for (let i = length; i < words.length; i++) {
      run = words[i] === words[i - length] ? run + 1 : 0;
      if (run >= 2 * length) return true;
    }
  }
  return false;
}

function isClitic(token: string): boolean {
  return /^(?:n['’]t|['’](?:s|m|d|re|ve|ll))$/u.test(token);
}
