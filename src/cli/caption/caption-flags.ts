/** @file The options of `caption` as they are typed, and what they mean. */

import { InvalidArgumentError, Option, type Command } from 'commander';
import { usualPrompts } from '../../core/text/usual-prompts.ts';
import type { DecodingNumber, DecodingOptions } from '../../core/decode/options.ts';

/** Gives the text of a preset's name, or the text itself. */
export function promptOf(text: string): string {
  return Object.entries(usualPrompts).find(([name]) => name === text)?.[1] ?? text;
}

/** Options of decoding as they are typed. */
export interface DecodingFlags {
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly earlyStopping?: 'true' | 'false' | 'never';
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly repeatNgramBan?: number;
  readonly startsWith?: string;
  readonly ban?: string;
  readonly forceWords?: string;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly captions?: number;
}

/** Adapters as they are typed. */
export interface AdapterFlags {
  readonly adapter?: readonly string[];
  /** One for each adapter, in order. */
  readonly scale?: readonly number[];
}

/** Options as they are typed. */
export interface CaptionFlags extends DecodingFlags, AdapterFlags {
  readonly model?: string;
  readonly prompt: string;
  readonly system?: string;
  readonly format: 'jsonl' | 'txt' | 'csv' | 'coco';
  readonly out?: string;
  readonly existing: 'skip' | 'overwrite' | 'append' | 'prepend';
  readonly limit?: number;
  readonly batch?: number;
}

/** Adds the options that say how words are chosen to a verb. */
export function addDecodingOptions(command: Command): Command {
  return command
    .option('--max-new-tokens <count>', 'longest caption', readPositive)
    .option('--min-new-tokens <count>', 'shortest caption', readNumber)
    .option('--beams <count>', 'beams of the search; 1 is none', readPositive)
    .option('--length-penalty <exponent>', 'above 0 favours longer captions in a beam search', readNumber)
    .addOption(
      new Option('--early-stopping <when>', 'when a beam search ends: at the first full set, by a guess, or by a bound').choices([
        'true',
        'false',
        'never',
      ]),
    )
    .option('--temperature <t>', '0 takes the likeliest word, higher draws more freely', readNumber)
    .option('--top-k <count>', 'draw only from the likeliest; 0 is off', readNumber)
    .option('--top-p <share>', 'draw only from the smallest set with this probability; 1 is off', readNumber)
    .option('--repetition-penalty <factor>', 'above 1 avoids words that are there already', readNumber)
    .option('--repeat-ngram-ban <count>', 'no sequence of so many tokens comes twice', readNumber)
    .option('--starts-with <text>', 'what the caption must begin with')
    .option('--ban <words>', 'words that must not come, parted by commas')
    .option('--force-words <words>', 'words that every caption has, parted by commas')
    .option('--stop <text...>', 'stop before any of these texts');
}

/** Reads a number that was typed. */
export function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Reads a whole number from 1 that was typed. */
export function readPositive(text: string): number {
  const value = readNumber(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

/** Joins what was typed with the model's own defaults. */
export function decodingOf(flags: DecodingFlags, defaults: DecodingOptions): DecodingOptions {
  return { ...defaults, startsWith: '', bannedWords: [], forcedWords: [], stopStrings: [], ...typedDecoding(flags) };
}

/** Gives the decoding options that were typed, and no others. */
export function typedDecoding(flags: DecodingFlags): Partial<DecodingOptions> {
  const numbers: Readonly<Partial<Record<DecodingNumber, number | undefined>>> = {
    maxNewTokens: flags.maxNewTokens,
    minNewTokens: flags.minNewTokens,
    beams: flags.beams,
    lengthPenalty: flags.lengthPenalty,
    temperature: flags.temperature,
    topK: flags.topK,
    topP: flags.topP,
    repetitionPenalty: flags.repetitionPenalty,
    noRepeatNgram: flags.repeatNgramBan,
    seed: flags.seed,
    captions: flags.captions,
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(flags.earlyStopping !== undefined && { earlyStopping: flags.earlyStopping === 'never' ? 'never' : flags.earlyStopping === 'true' }),
    ...(flags.startsWith !== undefined && { startsWith: flags.startsWith }),
    ...(flags.ban !== undefined && { bannedWords: splitWords(flags.ban) }),
    ...(flags.forceWords !== undefined && { forcedWords: splitWords(flags.forceWords) }),
    ...(flags.stop !== undefined && { stopStrings: flags.stop }),
  };
}

function splitWords(list: string): readonly string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
