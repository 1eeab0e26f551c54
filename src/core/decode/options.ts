/** @file What a user can say about how the next words are chosen, its defaults and its limits. */

import { StudioError } from '../error.ts';
import { hasWord } from './forced/word-search.ts';

/** When a beam search ends: at `beams` finished texts (true), or when no running one can win by a guess (false) or by a bound ('never'). */
export type EarlyStopping = boolean | 'never';

/** How the next words are chosen. Every field is required; a model's own defaults give the start. */
export interface DecodingOptions {
  /** The longest a caption may become, beyond what it must begin with. @unit tokens */
  readonly maxNewTokens: number;
  /** The caption does not end before this many. @unit tokens */
  readonly minNewTokens: number;
  /** 1 is no beam search. */
  readonly beams: number;
  /** Exponent of the length in beam scores; above 0 favours longer captions. */
  readonly lengthPenalty: number;
  readonly earlyStopping: EarlyStopping;
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 is off. */
  readonly topK: number;
  /** 1 is off. Inclusive range 0–1. */
  readonly topP: number;
  /** 1 is off. */
  readonly repetitionPenalty: number;
  /** 0 is off. */
  readonly noRepeatNgram: number;
  readonly bannedWords: readonly string[];
  /** Every caption has each of these, whole and in any case. */
  readonly forcedWords: readonly string[];
  /** The caption must begin with this; '' is off. */
  readonly startsWith: string;
  /** Writing stops before any of these. */
  readonly stopStrings: readonly string[];
  readonly seed: number;
  /** Captions for each picture. */
  readonly captions: number;
}

/** Greedy captions of at most 80 tokens: what a model without defaults of its own gets. */
export const defaultDecoding: DecodingOptions = {
  maxNewTokens: 80,
  minNewTokens: 0,
  beams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  temperature: 0,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  noRepeatNgram: 0,
  bannedWords: [],
  forcedWords: [],
  startsWith: '',
  stopStrings: [],
  seed: 0,
  captions: 1,
};

/** The range of a number; both ends are inclusive. */
export interface DecodingRange {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** The options that are numbers. */
export type DecodingNumber = {
  [K in keyof DecodingOptions]: DecodingOptions[K] extends number ? K : never;
}[keyof DecodingOptions];

/** What each number may be, for checks and for the sliders of the screen. */
export const decodingRanges: Readonly<Record<DecodingNumber, DecodingRange>> = {
  maxNewTokens: { least: 1, most: 4096, isWhole: true },
  minNewTokens: { least: 0, most: 4096, isWhole: true },
  beams: { least: 1, most: 16, isWhole: true },
  lengthPenalty: { least: -10, most: 10, isWhole: false },
  temperature: { least: 0, most: 10, isWhole: false },
  topK: { least: 0, most: 1_000_000, isWhole: true },
  topP: { least: 0, most: 1, isWhole: false },
  repetitionPenalty: { least: 0.1, most: 10, isWhole: false },
  noRepeatNgram: { least: 0, most: 64, isWhole: true },
  seed: { least: 0, most: 4_294_967_295, isWhole: true },
  captions: { least: 1, most: 16, isWhole: true },
};

/**
 * Refuses options that no caption can be written with.
 *
 * @throws {StudioError} 'argument-invalid' naming the field, what it may be and what it is
 */
export function checkDecoding(options: DecodingOptions): void {
  for (const [name, range] of Object.entries(decodingRanges)) checkNumber(name, range, options[name as DecodingNumber]);
  for (const name of ['bannedWords', 'forcedWords', 'stopStrings'] as const) checkTexts(name, options[name]);
  checkForcedWords(options);
  if (typeof (options.startsWith as unknown) !== 'string') throw invalid('startsWith', 'a text', options.startsWith);
  if (!([true, false, 'never'] as readonly unknown[]).includes(options.earlyStopping))
    throw invalid('earlyStopping', "true, false or 'never'", options.earlyStopping);
  if (options.minNewTokens > options.maxNewTokens) {
    throw invalid('minNewTokens', `at most maxNewTokens (${String(options.maxNewTokens)})`, options.minNewTokens);
  }
  if (options.beams > 1 && options.temperature > 0) {
    throw invalid('temperature', '0 where beams are above 1: beam search does not draw', options.temperature);
  }
  if (options.beams > 1 && options.captions > options.beams) {
    throw invalid('captions', `at most beams (${String(options.beams)}): each beam ends as one caption`, options.captions);
  }
  if (options.beams === 1 && options.temperature === 0 && options.captions > 1) {
    throw invalid('captions', '1 where beams are 1 and temperature is 0: they would all be the same', options.captions);
  }
}

function checkNumber(name: string, range: DecodingRange, value: unknown): void {
  const isInside = typeof value === 'number' && value >= range.least && value <= range.most; // NaN fails both
  if (isInside && (!range.isWhole || Number.isInteger(value))) return;
  const kind = range.isWhole ? 'a whole number' : 'a number';
  throw invalid(name, `${kind} from ${String(range.least)} to ${String(range.most)}`, value);
}

function checkTexts(name: string, value: unknown): void {
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry.trim() !== '');
  // A stop string may be a line break alone, which trims to nothing.
  const isStops = name === 'stopStrings' && Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');
  if (!isList && !isStops) throw invalid(name, 'a list of texts, none of them empty', value);
}

/** Words that a caption can never have, since something else forbids them. */
function checkForcedWords({ forcedWords, bannedWords, stopStrings }: DecodingOptions): void {
  for (const word of forcedWords) {
    const ban = bannedWords.find((banned) => hasWord(word, banned));
    if (ban !== undefined) throw invalid('forcedWords', `free of banned words (${JSON.stringify(ban)})`, word);
    const stop = stopStrings.find((text) => word.trim().includes(text));
    if (stop !== undefined) throw invalid('forcedWords', `free of texts before which writing stops (${JSON.stringify(stop)})`, word);
  }
}

function invalid(name: string, allowed: string, value: unknown): StudioError {
  const found = typeof value === 'number' ? String(value) : ((JSON.stringify(value) as string | undefined) ?? 'nothing');
  return new StudioError('argument-invalid', `${name}: must be ${allowed}, got ${found}`, { details: { field: name } });
}
