/** @file METEOR's paraphrase table: phrases of up to seven words in order, and for some of them the phrases that mean the same. */

import { invalid, packedLines, packedNumber, packedStream, packedVarints, readPackedFile } from './packed-file.ts';
import type { PackedFile } from './packed-file.ts';

/** The table as arrays of numbers; a phrase is its place in ascending order of words. */
export interface ParaphraseTable {
  /** Number of each word. */
  readonly wordNumbers: ReadonlyMap<string, number>;
  /** First phrase that begins with a word. @shape [words + 1] */
  readonly firstPhrases: Uint32Array;
  /** Where a phrase's words begin in `phraseWords`. @shape [phrases + 1] */
  readonly phraseStarts: Uint32Array;
  readonly phraseWords: Uint16Array;
  /** Where a phrase's paraphrases begin in `paraphrases`. @shape [phrases + 1] */
  readonly paraphraseStarts: Uint32Array;
  /** Phrases, ascending for each source. */
  readonly paraphrases: Uint32Array;
}

/** A phrase of the table found in a sentence. */
export interface PhraseSpan {
  readonly start: number;
  /** @unit words */
  readonly length: number;
  readonly phrase: number;
}

const longestPhrase = 7;

/**
 * Reads a packed paraphrase table (format MPT1).
 *
 * @throws {StudioError} 'file-invalid' when the bytes contradict the format
 */
export function readParaphraseTable(bytes: Uint8Array): ParaphraseTable {
  const file = readPackedFile(bytes, { name: 'METEOR paraphrase table', mark: 'MPT1', numbers: 4, streams: 9 });
  const words = packedNumber(file, 0, 0x10000);
  const phrases = packedNumber(file, 1, 0xffffff);
  const pairs = packedNumber(file, 3, bytes.length);
  const lines = packedLines(file, 0);
  const wordLines = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  if (wordLines.length !== words) invalid(file.name, `${String(wordLines.length)} words, expected ${String(words)}`);
  const phraseStarts = startsOf(file, packedStream(file, 1, phrases), longestPhrase);
  const phraseWords = readPhraseWords(file, phraseStarts, words);
  const paraphraseStarts = startsOf(file, packedVarints(file, 5, phrases), phrases);
  if (paraphraseStarts[phrases] !== pairs) {
    invalid(file.name, `sources have ${String(paraphraseStarts[phrases])} paraphrases in all, expected ${String(pairs)}`);
  }
  return {
    wordNumbers: new Map(wordLines.map((word, number) => [word, number])),
    firstPhrases: findFirstPhrases(file, { phraseStarts, phraseWords, words }),
    phraseStarts,
    phraseWords,
    paraphraseStarts,
    paraphrases: readParaphrases(file, paraphraseStarts, phrases),
  };
}

/**
 * Finds all phrases of the table in a sentence, by start and then by length.
 *
 * @param wordNumbers numbers of the sentence's words, −1 for a word that the table does not know
 */
export function findPhrases(wordNumbers: readonly number[], table: ParaphraseTable): readonly PhraseSpan[] {
  const spans: PhraseSpan[] = [];
  for (let start = 0; start < wordNumbers.length; start++) {
    const word = wordNumbers[start] ?? -1;
    if (word < 0) continue;
    // Phrases that begin with the words so far lie side by side, the one without further words first.
    let low = table.firstPhrases[word] ?? 0;
    let high = table.firstPhrases[word + 1] ?? 0;
    for (let length = 1; low < high; length++) {
      if (lengthOf(low, table) === length) spans.push({ start, length, phrase: low++ });
      const next = wordNumbers[start + length] ?? -1;
      if (next < 0 || length === longestPhrase) break;
      low = firstWithWord({ low, high, depth: length, word: next }, table);
      high = firstWithWord({ low, high, depth: length, word: next + 1 }, table);
    }
  }
  return spans;
}

/** Says whether a phrase has paraphrases. */
export function isSource(phrase: number, table: ParaphraseTable): boolean {
  return (table.paraphraseStarts[phrase + 1] ?? 0) > (table.paraphraseStarts[phrase] ?? 0);
}

function lengthOf(phrase: number, table: ParaphraseTable): number {
  return (table.phraseStarts[phrase + 1] ?? 0) - (table.phraseStarts[phrase] ?? 0);
}

interface PhraseRange {
  readonly low: number;
  readonly high: number;
  /** Which word of the phrases is compared. */
  readonly depth: number;
  readonly word: number;
}

/** Finds the first phrase of a range whose word at a depth is at least the given one. */
function firstWithWord(range: PhraseRange, table: ParaphraseTable): number {
  let { low, high } = range;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((table.phraseWords[(table.phraseStarts[middle] ?? 0) + range.depth] ?? 0) < range.word) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Turns lengths into starts, with the end of the last behind; a length above the limit is not believed. */
function startsOf(file: PackedFile, lengths: Uint8Array | Uint32Array, limit: number): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  let end = 0;
  for (let index = 0; index < lengths.length; index++) {
    const length = lengths[index] ?? 0;
    end += length;
    if (length > limit || end > 0xffffffff)
      invalid(file.name, `entry ${String(index)} has length ${String(length)}, expected at most ${String(limit)}`);
    starts[index + 1] = end;
  }
  return starts;
}

/** Reads the phrases' words; a phrase shares its first words with the phrase before. */
function readPhraseWords(file: PackedFile, starts: Uint32Array, words: number): Uint16Array {
  const phrases = starts.length - 1;
  const shared = packedStream(file, 2, phrases);
  const low = packedStream(file, 3);
  const high = packedStream(file, 4, low.length);
  const phraseWords = new Uint16Array(starts[phrases] ?? 0);
  let read = 0;
  for (let phrase = 0; phrase < phrases; phrase++) {
    const start = starts[phrase] ?? 0;
    const length = (starts[phrase + 1] ?? 0) - start;
    const before = start - (starts[Math.max(phrase - 1, 0)] ?? 0);
    const common = shared[phrase] ?? 0;
    if (common > before || common >= length) {
      invalid(file.name, `phrase ${String(phrase)} has ${String(length)} words and shares ${String(common)}`);
    }
    phraseWords.copyWithin(start, start - before, start - before + common);
    for (let place = start + common; place < start + length; place++) {
      const word = (low[read] ?? 0) | ((high[read] ?? 0) << 8);
      if (word >= words) invalid(file.name, `word ${String(word)} is named, there are ${String(words)}`);
      phraseWords[place] = word;
      read += 1;
    }
  }
  if (read !== low.length) invalid(file.name, `phrases need ${String(read)} words, ${String(low.length)} are there`);
  return phraseWords;
}

interface PhraseList {
  readonly phraseStarts: Uint32Array;
  readonly phraseWords: Uint16Array;
  readonly words: number;
}

function findFirstPhrases(file: PackedFile, list: PhraseList): Uint32Array {
  const phrases = list.phraseStarts.length - 1;
  const firstPhrases = new Uint32Array(list.words + 1).fill(phrases);
  let filled = 0;
  for (let phrase = 0; phrase < phrases; phrase++) {
    const word = list.phraseWords[list.phraseStarts[phrase] ?? 0] ?? 0;
    if (word + 1 < filled) invalid(file.name, `phrase ${String(phrase)} is out of order`);
    while (filled <= word) firstPhrases[filled++] = phrase;
  }
  return firstPhrases;
}

/** Reads the paraphrases: for each source its first as it is, then gaps less one. */
function readParaphrases(file: PackedFile, starts: Uint32Array, phrases: number): Uint32Array {
  const pairs = starts[phrases] ?? 0;
  const [low, middle, high] = [packedStream(file, 6, pairs), packedStream(file, 7, pairs), packedStream(file, 8, pairs)];
  const paraphrases = new Uint32Array(pairs);
  for (let source = 0; source < phrases; source++) {
    const end = starts[source + 1] ?? 0;
    let phrase = -1;
    for (let pair = starts[source] ?? 0; pair < end; pair++) {
      phrase += 1 + ((low[pair] ?? 0) | ((middle[pair] ?? 0) << 8) | ((high[pair] ?? 0) << 16));
      if (phrase >= phrases) invalid(file.name, `phrase ${String(phrase)} is named, there are ${String(phrases)}`);
      paraphrases[pair] = phrase;
    }
  }
  return paraphrases;
}
