/** @file What could be typed next in a filter. */

import { filterFields, isFilterField, type FilterFieldName } from './record.ts';

/** Values that a data set has, the likeliest first. */
export interface FilterVocabulary {
  readonly values: Partial<Readonly<Record<FilterFieldName, readonly string[]>>>;
  /** Names of scores. */
  readonly scores: readonly string[];
}

/** One way to go on. */
export interface FilterCompletion {
  /** What is put in place of what was typed from `start` to `end`. */
  readonly text: string;
  /** What it means, in a few words. */
  readonly note: string;
}

/** What could be typed at a place. */
export interface FilterCompletions {
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly options: readonly FilterCompletion[];
}

/** So many are offered. */
const maxOptions = 12;

/** Finds what the word before the cursor could become: names of fields, then values that the data set has. */
export function completeFilter(text: string, cursor: number, vocabulary: FilterVocabulary): FilterCompletions {
  const word = /(?:"(?:[^"\\]|\\[^])*"?|[^\s()|"])*$/u.exec(text.slice(0, cursor))?.[0] ?? '';
  const minus = /^-*/u.exec(word)?.[0].length ?? 0;
  const typed = word.slice(minus);
  const colon = typed.indexOf(':');
  const name = typed.slice(0, Math.max(0, colon)).toLowerCase();
  const wordStart = cursor - typed.length;
  if (colon < 0) return { start: wordStart, end: cursor, options: completeName(typed) };
  const start = wordStart + colon + 1;
  const value = typed.slice(colon + 1);
  if (name === 'score') return { start, end: cursor, options: completeScore(value, vocabulary.scores) };
  return { start, end: cursor, options: isFilterField(name) ? completeValue(name, value, vocabulary) : [] };
}

/** Writes a value so that a filter reads it as it is. */
export function quoteFilterValue(value: string): string {
  return /^[^\s()|"/*\\<>=]+$/u.test(value) ? value : `"${value.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;
}

function completeName(typed: string): readonly FilterCompletion[] {
  const start = typed.toLowerCase();
  const fields = Object.entries(filterFields).map(([name, { meaning }]) => ({ text: `${name}:`, note: meaning }));
  return [...fields, { text: 'score:', note: 'a score, as in score:clip<0.2' }].filter(({ text }) => text.startsWith(start));
}

function completeScore(typed: string, scores: readonly string[]): readonly FilterCompletion[] {
  if (/[<>=]/u.test(typed)) return [];
  const found = scores.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
  return found
    .slice(0, maxOptions)
    .flatMap((name) => ['<', '>'].map((sign) => ({ text: `${name}${sign}`, note: sign === '<' ? 'below' : 'above' })));
}

function completeValue(name: FilterFieldName, typed: string, vocabulary: FilterVocabulary): readonly FilterCompletion[] {
  const field = filterFields[name];
  if (field.kind === 'number') {
    return typed === ''
      ? [
          { text: '>', note: 'more than' },
          { text: '<', note: 'less than' },
          { text: '=', note: 'exactly' },
        ]
      : [];
  }
  const start = typed.replace(/^"/u, '').toLowerCase();
  const known = [...(vocabulary.values[name] ?? [])];
  const found = [
    ...known.filter((value) => value.toLowerCase().startsWith(start)),
    ...known.filter((value) => value.toLowerCase().includes(start, 1)),
  ];
  return [...new Set(found)].slice(0, maxOptions).map((value) => ({ text: quoteFilterValue(value), note: field.meaning }));
}
