/** @file The decoding options as the panel shows them: in groups, each with one sentence of what it does. */

import type { DecodingNumber, EarlyStopping } from '../../../core/decode/options.ts';
import type { DecodingOptions } from '../../../../workers/api.ts';

/** An option with its words. */
export interface DecodingField {
  readonly name: keyof DecodingOptions;
  readonly label: string;
  readonly hint: string;
  /** How a number moves by one press of an arrow key. */
  readonly step?: number;
  /** What can be chosen, where it is neither a number nor words. */
  readonly choices?: readonly { readonly value: EarlyStopping; readonly label: string }[];
  /** What the number that switches the option off is called. */
  readonly off?: { readonly value: number; readonly label: string };
}

/** Options that belong together. */
export interface DecodingGroup {
  readonly title: string;
  readonly fields: readonly DecodingField[];
}

/** Every option, in the order in which people reach for them. */
export const decodingGroups: readonly DecodingGroup[] = [
  {
    title: 'Length',
    fields: [
      {
        name: 'maxNewTokens',
        label: 'At most',
        hint: 'The longest a caption may become, in tokens; a token is about three quarters of a word.',
        step: 8,
      },
      { name: 'minNewTokens', label: 'At least', hint: 'The caption does not end before this many tokens.', step: 1 },
    ],
  },
  {
    title: 'Choice of words',
    fields: [
      {
        name: 'temperature',
        label: 'Temperature',
        hint: 'Above 0 the words are drawn by chance: low stays close to the likeliest, high wanders. 0 always takes the likeliest.',
        step: 0.1,
        off: { value: 0, label: 'greedy' },
      },
      { name: 'topK', label: 'Top-k', hint: 'Draws only from this many likeliest tokens.', step: 5, off: { value: 0, label: 'off' } },
      {
        name: 'topP',
        label: 'Top-p',
        hint: 'Draws only from the likeliest tokens that together hold this share of the probability.',
        step: 0.05,
        off: { value: 1, label: 'off' },
      },
      {
        name: 'beams',
        label: 'Beams',
        hint: 'Follows this many captions side by side and keeps the best as a whole; slower by about that factor.',
        step: 1,
        off: { value: 1, label: 'off' },
      },
      {
        name: 'lengthPenalty',
        label: 'Length penalty',
        hint: 'With beams: above 0 favours longer captions, below 0 shorter ones.',
        step: 0.1,
      },
      {
        name: 'earlyStopping',
        label: 'Beams end',
        hint: 'With beams: when the search is over. “Enough” ends at the first full set, “likely” when a better one is not to be expected, “certain” when none can come.',
        choices: [
          { value: false, label: 'likely' },
          { value: true, label: 'enough' },
          { value: 'never', label: 'certain' },
        ],
      },
      {
        name: 'captions',
        label: 'Captions',
        hint: 'How many captions each picture gets; more than one needs a temperature or beams.',
        step: 1,
      },
      { name: 'seed', label: 'Seed', hint: 'Chance that can be repeated: the same seed draws the same words.', step: 1 },
    ],
  },
  {
    title: 'Repetition',
    fields: [
      {
        name: 'repetitionPenalty',
        label: 'Repetition penalty',
        hint: 'Above 1 makes words that were already written less likely.',
        step: 0.05,
        off: { value: 1, label: 'off' },
      },
      {
        name: 'noRepeatNgram',
        label: 'No repeated n-gram',
        hint: 'No run of this many tokens is written twice.',
        step: 1,
        off: { value: 0, label: 'off' },
      },
    ],
  },
  {
    title: 'Fixed words',
    fields: [
      { name: 'startsWith', label: 'Begins with', hint: 'Every caption starts with these words and the model goes on from there.' },
      { name: 'bannedWords', label: 'Banned words', hint: 'Words that are never written, separated by commas.' },
      {
        name: 'forcedWords',
        label: 'Forced words',
        hint: 'Words that every caption has, separated by commas. Where the model does not come to one by itself, it is put in at the end.',
      },
      { name: 'stopStrings', label: 'Stop before', hint: 'Writing stops before any of these, separated by commas; \\n is a line break.' },
    ],
  },
];

/** What an option is called on the screen. */
export function labelOfOption(name: string): string {
  return decodingGroups.flatMap(({ fields }) => fields).find((field) => field.name === name)?.label ?? name;
}

/** Whether an option is a number, as opposed to words. */
export function isNumberField(name: keyof DecodingOptions): name is DecodingNumber {
  return name !== 'earlyStopping' && name !== 'startsWith' && !isListField(name);
}

/** Whether an option is a list of words. */
export function isListField(name: keyof DecodingOptions): name is 'bannedWords' | 'forcedWords' | 'stopStrings' {
  return name === 'bannedWords' || name === 'forcedWords' || name === 'stopStrings';
}

/** An option's value in words: `greedy`, `off`, `cat, dog`. */
export function sayValue({ off, choices }: DecodingField, value: unknown): string {
  if (off !== undefined && value === off.value) return off.label;
  const choice = choices?.find((one) => one.value === value);
  if (choice !== undefined) return choice.label;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : joinWords(value.map(String));
  return value === '' ? 'nothing' : String(value);
}

/** A list of words as one line of text, and back by `splitWords`. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => word.replaceAll('\n', '\\n')).join(', ');
}

/** The words of a line, at its commas, without empty ones. */
export function splitWords(line: string): readonly string[] {
  return line
    .split(',')
    .map((word) => word.trim().replaceAll('\\n', '\n'))
    .filter((word) => word !== '');
}
