/** @file A caption as the matchers see it: its words with all that is known of them, looked up once for each word. */

import type { MeteorData } from './data.ts';
import { stemEnglish } from './english-stem.ts';
import { synsetsOf } from './lexicon.ts';
import { normalizeForMeteor } from './normalize.ts';
import { findPhrases } from './paraphrase-table.ts';
import type { PhraseSpan } from './paraphrase-table.ts';

/** A word; the same word is always the same record. */
export interface MeteorWord {
  readonly text: string;
  /** What the jar compares in the word's place, so that `c8` and `av`, or `10` and `؟`, are the same to it. */
  readonly hash: number;
  /** The same of its stem. */
  readonly stemHash: number;
  /** Ascending. */
  readonly synsets: Uint32Array;
  readonly isFunction: boolean;
  /** Its number in the paraphrase table, −1 where that does not know it or is not there. */
  readonly tableNumber: number;
}

/** A caption after normalisation. */
export interface MeteorSentence {
  readonly words: readonly MeteorWord[];
  /** Phrases of the paraphrase table, by start and then by length. */
  readonly phrases: readonly PhraseSpan[];
  /** The same by phrase and then by start. */
  readonly phrasesByNumber: readonly PhraseSpan[];
}

/** Words met so far; made for one run over a set and shared by its sentences. */
export interface MeteorVocabulary {
  readonly data: MeteorData;
  readonly words: Map<string, MeteorWord>;
}

/** Makes an empty vocabulary over the data. */
export function createMeteorVocabulary(data: MeteorData): MeteorVocabulary {
  return { data, words: new Map() };
}

/** Normalises a caption and looks its words up. */
export function readMeteorSentence(text: string, vocabulary: MeteorVocabulary): MeteorSentence {
  const words = normalizeForMeteor(text, vocabulary.data.lexicon.prefixes).map((word) => lookUp(word, vocabulary));
  const table = vocabulary.data.paraphrases;
  if (table === null) return { words, phrases: [], phrasesByNumber: [] };
  const phrases = findPhrases(
    words.map((word) => word.tableNumber),
    table,
  );
  return { words, phrases, phrasesByNumber: phrases.toSorted((a, b) => a.phrase - b.phrase || a.start - b.start) };
}

/** Applies what pycocoevalcap does to a hypothesis before it hands it to METEOR's line protocol: bars go, two blanks become one, once. */
export function cleanHypothesis(text: string): string {
  return text.replaceAll('|||', '').replaceAll('  ', ' ');
}

function lookUp(text: string, vocabulary: MeteorVocabulary): MeteorWord {
  const known = vocabulary.words.get(text);
  if (known !== undefined) return known;
  const { lexicon, paraphrases } = vocabulary.data;
  const word: MeteorWord = {
    text,
    hash: hashText(text),
    stemHash: hashText(stemEnglish(text)),
    synsets: synsetsOf(text, lexicon),
    isFunction: lexicon.functionWords.has(text),
    tableNumber: paraphrases?.wordNumbers.get(text) ?? -1,
  };
  vocabulary.words.set(text, word);
  return word;
}

/**
 * Numbers a text as Java does.
 *
 * @source Java SE, `String.hashCode`: by UTF-16 code units, in 32 bits
 */
function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}
