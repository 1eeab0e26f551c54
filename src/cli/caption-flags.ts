/** @file The options of `caption` as they are typed, and what they mean. */

import { InvalidArgumentError, type Command } from 'commander';
import type { DecodingOptions } from '../core/decode/options.ts';

/** The short names of prompts that everybody needs. */
export const promptPresets: Readonly<Record<string, string>> = {
  one: 'Provide a one-sentence caption for the provided image.',
  detail: 'Describe the image in detail.',
  tags: 'List the things in the image.',
  alt: 'Describe the image in one sentence.',
};

/** Gives the text of a preset's name, or the text itself. */
export function promptOf(text: string): string {
  return (Object.hasOwn(promptPresets, text) ? promptPresets[text] : undefined) ?? text;
}

/** Options as they are typed. */
export interface CaptionFlags {
  readonly model?: string;
  readonly prompt: string;
  readonly system: string;
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly repeatNgramBan?: number;
  readonly startsWith?: string;
  readonly ban?: string;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly captions?: number;
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
    .option('--temperature <t>', '0 takes the likeliest word, higher draws more freely', readNumber)
    .option('--top-k <count>', 'draw only from the likeliest; 0 is off', readNumber)
    .option('--top-p <share>', 'draw only from the smallest set with this probability; 1 is off', readNumber)
    .option('--repetition-penalty <factor>', 'above 1 avoids words that are there already', readNumber)
    .option('--repeat-ngram-ban <count>', 'no sequence of so many tokens comes twice', readNumber)
    .option('--starts-with <text>', 'what the caption must begin with')
    .option('--ban <words>', 'words that must not come, parted by commas')
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
export function decodingOf(flags: CaptionFlags, defaults: DecodingOptions): DecodingOptions {
  return {
    maxNewTokens: flags.maxNewTokens ?? defaults.maxNewTokens,
    minNewTokens: flags.minNewTokens ?? defaults.minNewTokens,
    beams: flags.beams ?? defaults.beams,
    lengthPenalty: flags.lengthPenalty ?? defaults.lengthPenalty,
    temperature: flags.temperature ?? defaults.temperature,
    topK: flags.topK ?? defaults.topK,
    topP: flags.topP ?? defaults.topP,
    repetitionPenalty: flags.repetitionPenalty ?? defaults.repetitionPenalty,
    noRepeatNgram: flags.repeatNgramBan ?? defaults.noRepeatNgram,
    startsWith: flags.startsWith ?? '',
    bannedWords: (flags.ban ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
    stopStrings: flags.stop ?? [],
    seed: flags.seed ?? defaults.seed,
    captions: flags.captions ?? defaults.captions,
  };
}
