/** @file What of a picture a filter can ask about. */

import { countWords } from '../../text/words.ts';
import { baseNameOf, folderOf } from '../item.ts';

/** One picture as filters see it. What is not known is null or empty, and no question about it is answered with yes. */
export interface FilterRecord {
  readonly path: string;
  readonly captions: readonly string[];
  readonly tags: readonly string[];
  readonly split: string | null;
  /** What the queue says: such as `waiting`, `done`, `failed`. */
  readonly state: string | null;
  readonly style: string | null;
  readonly model: string | null;
  /** Who wrote the caption: `person`, `model`, `file`, `rule`. */
  readonly by: string | null;
  /** Names of the flags that the caption has, as {@link flagNames} lists them. */
  readonly flags: readonly string[];
  /** Such as `edited`, `accepted`, `selected`, `duplicate`, `broken`. */
  readonly marks: readonly string[];
  /** Tokens of the caption by the chosen tokenizer. */
  readonly tokens: number | null;
  /** @unit pixels */
  readonly width: number | null;
  /** @unit pixels */
  readonly height: number | null;
  /** @unit bytes */
  readonly byteLength: number | null;
  readonly scores: Readonly<Record<string, number>>;
}

/** Makes a record of what is known. */
export function makeFilterRecord(path: string, known: Partial<Omit<FilterRecord, 'path'>> = {}): FilterRecord {
  return { path, ...unknown, ...known };
}

const unknown: Omit<FilterRecord, 'path'> = {
  captions: [],
  tags: [],
  split: null,
  state: null,
  style: null,
  model: null,
  by: null,
  flags: [],
  marks: [],
  tokens: null,
  width: null,
  height: null,
  byteLength: null,
  scores: {},
};

/** A field whose values are texts. */
export interface TextField {
  readonly kind: 'text';
  /** Whether a value has to be named as a whole (with `*` for any letters) or may be a part of the text. */
  readonly isWhole: boolean;
  readonly meaning: string;
  readonly read: (record: FilterRecord) => readonly (string | null)[];
}

/** A field whose value is a number. */
export interface NumberField {
  readonly kind: 'number';
  readonly meaning: string;
  readonly read: (record: FilterRecord) => number | null;
}

/** All fields by the name that is typed. */
export const filterFields = {
  caption: { kind: 'text', isWhole: false, meaning: 'words anywhere in a caption', read: ({ captions }) => captions },
  tag: { kind: 'text', isWhole: true, meaning: 'a tag', read: ({ tags }) => tags },
  name: { kind: 'text', isWhole: false, meaning: 'a part of the file’s name', read: ({ path }) => [baseNameOf(path)] },
  folder: { kind: 'text', isWhole: false, meaning: 'a part of the folder', read: ({ path }) => [folderOf(path)] },
  path: { kind: 'text', isWhole: false, meaning: 'a part of folder and name', read: ({ path }) => [path] },
  split: { kind: 'text', isWhole: true, meaning: 'train, validation, test', read: ({ split }) => [split] },
  state: { kind: 'text', isWhole: true, meaning: 'what the queue says: waiting, done, failed', read: ({ state }) => [state] },
  style: { kind: 'text', isWhole: true, meaning: 'the style that wrote the caption', read: ({ style }) => [style] },
  model: { kind: 'text', isWhole: true, meaning: 'the model that wrote the caption', read: ({ model }) => [model] },
  by: { kind: 'text', isWhole: true, meaning: 'who wrote the caption: person, model, file, rule', read: ({ by }) => [by] },
  flag: { kind: 'text', isWhole: true, meaning: 'what may be wrong with the caption: loop, unfinished, …', read: ({ flags }) => flags },
  is: { kind: 'text', isWhole: true, meaning: 'edited, accepted, selected, duplicate, broken', read: ({ marks }) => marks },
  words: { kind: 'number', meaning: 'words of the caption', read: ({ captions }) => countWords(captions[0] ?? '') },
  tokens: { kind: 'number', meaning: 'tokens of the caption', read: ({ tokens }) => tokens },
  characters: { kind: 'number', meaning: 'characters of the caption', read: ({ captions }) => [...(captions[0] ?? '')].length },
  captions: { kind: 'number', meaning: 'how many captions there are', read: ({ captions }) => captions.length },
  tags: { kind: 'number', meaning: 'how many tags there are', read: ({ tags }) => tags.length },
  width: { kind: 'number', meaning: 'pixels from left to right', read: ({ width }) => width },
  height: { kind: 'number', meaning: 'pixels from top to bottom', read: ({ height }) => height },
  size: { kind: 'number', meaning: 'size of the file, as in 500k or 2M', read: ({ byteLength }) => byteLength },
} as const satisfies Readonly<Record<string, TextField | NumberField>>;

/** The name of a field. */
export type FilterFieldName = keyof typeof filterFields;

/** Tells whether a name is a field's. */
export function isFilterField(name: string): name is FilterFieldName {
  return Object.hasOwn(filterFields, name);
}
