/** @file Forced words as sequences of token ids, in the forms in which they can stand in a text. */

import { beginsInWord, hasWord } from '../../core/decode/forced/word-search.ts';
import type { ForcedVocabulary, ForcedWord, Spelling } from '../../core/decode/forced/forced-words.ts';
import { StudioError } from '../../core/error.ts';
import { waysToCut } from './banned-words.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** What forced words may not write. */
export interface Forbidden {
  readonly bannedSequences: readonly (readonly number[])[];
  readonly stopStrings: readonly string[];
}

/**
 * Encodes forced words; null where there are none.
 *
 * @throws {StudioError} 'argument-invalid' naming the word that the tokenizer cannot write, or not without what is forbidden
 */
export function encodeForcedWords(tokenizer: TextTokenizer, words: readonly string[], forbidden: Forbidden): ForcedVocabulary | null {
  const wanted = [...new Map(words.map((word) => [word.trim().toLowerCase(), word.trim().replaceAll(/\s+/gu, ' ')])).values()];
  if (wanted.length === 0) return null;
  return { words: wanted.map((word) => encodeWord(tokenizer, word, forbidden)), continuesWord: (id) => continuesWord(tokenizer, id) };
}

function encodeWord(tokenizer: TextTokenizer, word: string, forbidden: Forbidden): ForcedWord {
  const spaced = encodeForm(tokenizer, { word, before: ' ' }, forbidden);
  if (spaced === null) {
    const isWritable = encodeForm(tokenizer, { word, before: ' ' }, { bannedSequences: [], stopStrings: [] }) !== null;
    const reason = isWritable
      ? 'this model cannot write it without what is banned or without a text before which writing stops'
      : 'the tokenizer of this model has no tokens for it';
    const details = { field: 'forcedWords' };
    throw new StudioError('argument-invalid', `forcedWords: ${JSON.stringify(word)}: ${reason}; take it out, or spell it another way`, {
      details,
    });
  }
  const bare = encodeForm(tokenizer, { word, before: '' }, forbidden) ?? spaced;
  const listed = encodeForm(tokenizer, { word, before: ', ' }, forbidden) ?? spaced;
  return { text: word, bare, spaced, listed, spellings: spellingsOf(tokenizer, word, { bare, spaced }) };
}

interface Form {
  readonly word: string;
  /** What stands between the text and the word. */
  readonly before: string;
}

/** Encodes a word as it follows on a text; null where that is not possible. */
function encodeForm(
  tokenizer: TextTokenizer,
  { word, before }: Form,
  { bannedSequences, stopStrings }: Forbidden,
): readonly number[] | null {
  if (stopStrings.some((stop) => `${before}${word}`.includes(stop))) return null;
  // A word without a space follows on white space or on a bracket, whichever the vocabulary has.
  for (const anchor of before === '' ? ['\n', '(', '-'] : ['x', 'a', 'e']) {
    const head = tokenizer.encode(anchor, { special: false });
    const whole = tokenizer.encode(`${anchor}${before}${word}`, { special: false });
    if (!head.every((id, i) => whole[i] === id)) continue;
    const usual = whole.slice(head.length);
    const isWord = (ids: readonly number[]): boolean => hasWord(tokenizer.decode([...head, ...ids]), word);
    const surface = usual.map((id) => tokenizer.tokenOf(id) ?? '').join('');
    const isFree = (ids: readonly number[]): boolean => !bannedSequences.some((banned) => hasSequence(ids, banned));
    const found = [usual, ...(isFree(usual) ? [] : waysToCut(tokenizer, surface))].find((ids) => isFree(ids) && isWord(ids));
    if (found !== undefined) return found;
  }
  return null;
}

function hasSequence(ids: readonly number[], sequence: readonly number[]): boolean {
  return sequence.length > 0 && ids.some((_, from) => sequence.every((id, i) => ids[from + i] === id));
}

/** The ways in which a model is likely to write a word: with a space before it, and with a capital where a text begins. */
function spellingsOf(tokenizer: TextTokenizer, word: string, { bare, spaced }: Pick<ForcedWord, 'bare' | 'spaced'>): readonly Spelling[] {
  const free: Forbidden = { bannedSequences: [], stopStrings: [] };
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  const openings = [bare, ...['', ' '].flatMap((before) => [encodeForm(tokenizer, { word: capital, before }, free) ?? bare])];
  const isTelling = ([first = -1]: readonly number[]): boolean => tokenizer.decode([first]).trim().length * 2 >= word.length;
  return [
    { ids: spaced, isOpening: false, isTelling: isTelling(spaced) },
    ...openings.map((ids) => ({ ids, isOpening: true, isTelling: isTelling(ids) })),
  ];
}

/** Answers by tokenizer and id, 0 where not yet known: whole vocabularies are asked for at a time. */
const known = new WeakMap<TextTokenizer, Uint8Array>();

function continuesWord(tokenizer: TextTokenizer, id: number): boolean {
  let answers = known.get(tokenizer);
  if (answers === undefined) known.set(tokenizer, (answers = new Uint8Array(tokenizer.vocabularySize)));
  if (id >= answers.length) return false;
  if (answers[id] === 0) answers[id] = isGrowing(tokenizer, id) ? 2 : 1;
  return answers[id] === 2;
}

function isGrowing(tokenizer: TextTokenizer, id: number): boolean {
  const surface = tokenizer.tokenOf(id) ?? '';
  const byte = /^<0x([0-9A-F]{2})>$/u.exec(surface)?.[1]; // as SentencePiece names a byte
  // A byte beyond ASCII may make a letter with those that follow.
  if (byte !== undefined) return Number.parseInt(byte, 16) >= 128 || beginsInWord(String.fromCharCode(Number.parseInt(byte, 16)));
  if (surface.charCodeAt(0) < 128) return beginsInWord(surface);
  // What stands for a space in the vocabulary's alphabet shows only behind something.
  const head = tokenizer.encode('x', { special: false });
  return beginsInWord(tokenizer.decode([...head, id]).slice(tokenizer.decode(head).length));
}
