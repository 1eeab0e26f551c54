/** @file Decoding options in words: those that shaped a caption, and those that a person changed. */

import type { DecodingOptions } from '../../../../workers/api.ts';
import { decodingGroups, sayValue, type DecodingField } from './decoding-fields.ts';

const fields = decodingGroups.flatMap((group) => group.fields);

/** Lists the options that had a say in a caption, each with its value. */
export function listDecoding(options: DecodingOptions): readonly { readonly label: string; readonly value: string }[] {
  return fields
    .filter((field) => counts(field, options))
    .map((field) => ({ label: field.label, value: sayValue(field, options[field.name]) }));
}

/** Says the options that differ from the model's own in one line; '' where none do. What is no option of this version is left out. */
export function sayChanges(changes: Readonly<Record<string, unknown>> = {}): string {
  return fields
    .filter(({ name }) => name in changes)
    .map((field) => `${lowerFirst(field.label)} ${sayValue(field, changes[field.name])}`)
    .join(', ');
}

/** An option that is off, or that only goes with another that is off, says nothing. */
function counts({ name, off }: DecodingField, options: DecodingOptions): boolean {
  const { beams, temperature } = options;
  switch (name) {
    case 'maxNewTokens':
      return true;
    case 'temperature':
      return beams === 1;
    case 'topK':
    case 'topP':
      return temperature > 0 && options[name] !== off?.value;
    case 'seed':
      return temperature > 0;
    case 'lengthPenalty':
    case 'earlyStopping':
      return beams > 1;
    case 'beams':
    case 'captions':
      return options[name] > 1;
    case 'minNewTokens':
      return options.minNewTokens > 0;
    case 'repetitionPenalty':
    case 'noRepeatNgram':
      return options[name] !== off?.value;
    case 'startsWith':
    case 'bannedWords':
    case 'forcedWords':
    case 'stopStrings':
      return options[name].length > 0;
    default:
      return name satisfies never;
  }
}

function lowerFirst(label: string): string {
  return label.charAt(0).toLowerCase() + label.slice(1);
}
