/** @file Words that a caption must have, as tokens, and how much room they take. */

import { StudioError } from '../../error.ts';
import { hasWord } from './word-search.ts';

/** A way to write a word that the model may find by itself. */
export interface Spelling {
  readonly ids: readonly number[];
  /** Whether only a text's first tokens can be this. */
  readonly isOpening: boolean;
  /** Whether the first token is half of the word at least: of one that is less, much else may come. */
  readonly isTelling: boolean;
}

/** A word as it is put into a text. */
export interface ForcedWord {
  readonly text: string;
  /** At the beginning, or after white space. */
  readonly bare: readonly number[];
  /** With a space before it. */
  readonly spaced: readonly number[];
  /** With a comma and a space before it; with a space alone where a comma may not come. */
  readonly listed: readonly number[];
  readonly spellings: readonly Spelling[];
}

/** What a tokenizer knows of forced words. */
export interface ForcedVocabulary {
  readonly words: readonly ForcedWord[];
  /** Tells whether a token makes the word before it longer. */
  readonly continuesWord: (id: number) => boolean;
}

/** Counts the tokens that words take where they are put in, at most. @unit tokens */
export function roomOfWords(words: readonly ForcedWord[]): number {
  return words.reduce((sum, { bare, spaced, listed }) => sum + Math.max(bare.length, spaced.length, listed.length), 0);
}

/**
 * Refuses words that the longest caption has no room for.
 *
 * @param start what captions begin with; words that are in there need no room
 * @throws {StudioError} 'argument-invalid' telling what they take and what there is
 */
export function checkForcedRoom({ words }: ForcedVocabulary, start: string, maxNewTokens: number): void {
  const missing = words.filter(({ text }) => !hasWord(start, text));
  const room = roomOfWords(missing);
  if (room <= maxNewTokens) return;
  const names = missing.map(({ text }) => JSON.stringify(text)).join(', ');
  throw new StudioError(
    'argument-invalid',
    `forcedWords: ${names} must fit into a caption, which takes up to ${String(room)} tokens where ${String(maxNewTokens)} may be written; ` +
      'let captions be longer, or force fewer words',
    { details: { field: 'forcedWords' } },
  );
}
