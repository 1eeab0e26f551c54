/** @file The form in which words are put into a text, so that it reads on. */

import { findStop } from '../stop-strings.ts';
import type { ForcedWord } from './forced-words.ts';

/** A text into which words go. */
export interface TextSoFar {
  /** With what the caption was made to begin with. */
  readonly text: string;
  /** How much of it the caption was made to begin with. @unit UTF-16 code units */
  readonly startLength: number;
}

type Form = 'bare' | 'spaced' | 'listed';

const separators: Readonly<Record<Form, string>> = { bare: '', spaced: ' ', listed: ', ' };

/** A full stop or its like, and what may close behind it. */
const sentenceEnd = /[.!?…。！？][\s"'”’)\]]*$/u;

/** Tells whether a text ends as a sentence does. */
export function endsSentence(text: string): boolean {
  return sentenceEnd.test(text);
}

/**
 * Gives the tokens that put words behind a text: ", one, two" as a rule; no comma where one stands already, where a sentence has ended or where
 * nothing was written yet. A form that would make a stop string is left for one that does not, where there is one.
 */
export function insertionOf(
  words: readonly ForcedWord[],
  { text, startLength }: TextSoFar,
  stopStrings: readonly string[],
): readonly number[] {
  const [first, ...others] = words;
  if (first === undefined) return [];
  const forms: readonly Form[] = [fitting(text, startLength), 'listed', 'spaced', 'bare'];
  const isFree = (form: Form): boolean => findStop(`${text}${separators[form]}${first.text}`, stopStrings, startLength) < 0;
  const form = forms.find(isFree) ?? fitting(text, startLength);
  return [...first[form], ...others.flatMap(({ listed }) => listed)];
}

function fitting(text: string, startLength: number): Form {
  if (text === '' || /[\s([{“‘/]$/u.test(text)) return 'bare';
  const isOnlyStart = text.length <= startLength;
  return isOnlyStart || endsSentence(text) || /[,;:、，；：–—-]$/u.test(text) ? 'spaced' : 'listed';
}
