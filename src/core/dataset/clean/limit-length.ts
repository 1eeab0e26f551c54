/** @file Shortens captions to a limit, at the end of a sentence where one is near, else at a comma, else at a word. */

import { countWords, findWords } from '../../text/words.ts';

/** Shortens to at most so many words, with those that `around` puts about the text. */
export function limitWords(text: string, count: number, around: (text: string) => string = (same) => same): string {
  return limitTokens(text, count, (part) => countWords(around(part)));
}

/** Shortens to at most so many tokens. */
export function limitTokens(text: string, count: number, countTokens: (text: string) => number): string {
  if (countTokens(text) <= count) return text;
  const words = findWords(text);
  // More words are hardly ever fewer tokens: the longest beginning that fits is found by halving.
  let fits = 0;
  let tooLong = words.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (countTokens(cutAt(text, words[middle - 1]?.end ?? 0)) <= count) fits = middle;
    else tooLong = middle;
  }
  return fits === 0 ? '' : cutAt(text, words[fits - 1]?.end ?? 0);
}

/** A shorter cut may lose at most this share of what fits. */
const minKept = 0.5;

function cutAt(text: string, end: number): string {
  const part = text.slice(0, end);
  const after = text.slice(end);
  const point = /^[.!?]["'”’)\]]*/u.exec(after)?.[0];
  if (point !== undefined) return part + point;
  const sentence = /^[^]*[.!?]["'”’)\]]*(?=\s)/u.exec(part)?.[0];
  if (sentence !== undefined && sentence.length >= end * minKept) return sentence;
  const clause = /^[^]*(?=[,;])/u.exec(part)?.[0];
  return clause !== undefined && clause.length >= end * minKept ? clause : part;
}
