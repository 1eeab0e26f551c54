/** @file A field of a form over the options of training: a name, one sentence, a range, and how it is read and set. */

import type { TrainOptions } from '../../../engine/train/options.ts';

interface FieldWords {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

/** A number, where empty may mean something. */
export interface NumberField extends FieldWords {
  readonly kind: 'number';
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** What an empty field means; without it one cannot be empty. */
  readonly empty?: string;
  readonly get: (options: TrainOptions) => number | null;
  readonly set: (options: TrainOptions, value: number | null) => TrainOptions;
}

/** One of a few. */
export interface ChoiceField extends FieldWords {
  readonly kind: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly get: (options: TrainOptions) => string;
  readonly set: (options: TrainOptions, value: string) => TrainOptions;
}

/** A line of text. */
export interface TextField extends FieldWords {
  readonly kind: 'text';
  readonly empty: string;
  readonly get: (options: TrainOptions) => string;
  readonly set: (options: TrainOptions, value: string) => TrainOptions;
}

/** Yes or no. */
export interface FlagField extends FieldWords {
  readonly kind: 'flag';
  readonly get: (options: TrainOptions) => boolean;
  readonly set: (options: TrainOptions, value: boolean) => TrainOptions;
}

/** A field of the form. */
export type TrainField = NumberField | ChoiceField | TextField | FlagField;

/** A field of a number without how it is read and set. */
export type NumberWords = Omit<NumberField, 'kind' | 'get' | 'set'>;

/** Options that are plain numbers. */
type NumberKey = { [K in keyof TrainOptions]: TrainOptions[K] extends number ? K : never }[keyof TrainOptions];

/** Makes the field of an option that is a plain number; `fallback` is what an empty field means. */
export function numberAt(key: NumberKey, fallback: number, words: NumberWords): NumberField {
  return {
    ...words,
    kind: 'number',
    get: (options) => options[key],
    set: (options, value) => ({ ...options, [key]: value ?? fallback }),
  };
}

/** Says what is wrong with a number; undefined where nothing is. */
export function troubleOf(field: TrainField, options: TrainOptions): string | undefined {
  if (field.kind !== 'number') return undefined;
  const value = field.get(options);
  if (value === null) return undefined;
  if (!Number.isFinite(value) || value < field.least || value > field.most)
    return `${field.label} goes from ${String(field.least)} to ${String(field.most)}`;
  return field.isWhole && !Number.isInteger(value) ? `${field.label} is a whole number` : undefined;
}
