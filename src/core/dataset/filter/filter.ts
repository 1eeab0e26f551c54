/** @file A filter that has been read, and whether a picture passes it. */

import type { Pattern } from '../../text/pattern/pattern.ts';
import { scoreIn } from './score-name.ts';
import { filterFields, type FilterFieldName, type FilterRecord } from './record.ts';

/** What a text has to be. */
export type TextTest =
  | { readonly kind: 'part'; readonly text: string } // somewhere in it, capital or small
  | { readonly kind: 'whole'; readonly text: string } // all of it, capital or small
  | { readonly kind: 'nothing' } // no text at all
  | { readonly kind: 'pattern'; readonly pattern: Pattern };

/** What a number has to be: both ends may be left open with Infinity. */
export interface NumberRange {
  readonly from: number;
  readonly isFromIncluded: boolean;
  readonly to: number;
  readonly isToIncluded: boolean;
}

/** A filter, or a part of one. */
export type Filter =
  | { readonly kind: 'all'; readonly parts: readonly Filter[] }
  | { readonly kind: 'any'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'text'; readonly fields: readonly FilterFieldName[]; readonly test: TextTest }
  | { readonly kind: 'number'; readonly field: FilterFieldName; readonly range: NumberRange }
  | { readonly kind: 'score'; readonly name: string; readonly range: NumberRange };

/** A filter that all pictures pass. */
export const everything: Filter = { kind: 'all', parts: [] };

/** Tells whether a picture passes a filter. */
export function passesFilter(filter: Filter, record: FilterRecord): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.parts.every((part) => passesFilter(part, record));
    case 'any':
      return filter.parts.some((part) => passesFilter(part, record));
    case 'not':
      return !passesFilter(filter.part, record);
    case 'text':
      return filter.fields.some((name) => passesText(name, filter.test, record));
    case 'number': {
      const field = filterFields[filter.field];
      return field.kind === 'number' && isInRange(field.read(record), filter.range);
    }
    case 'score':
      return isInRange(scoreIn(record.scores, filter.name) ?? null, filter.range);
    default:
      return filter satisfies never;
  }
}

function passesText(name: FilterFieldName, test: TextTest, record: FilterRecord): boolean {
  const field = filterFields[name];
  if (field.kind !== 'text') return false;
  const texts = field.read(record).filter((text) => text !== null);
  switch (test.kind) {
    case 'nothing':
      return texts.every((text) => text === '');
    case 'part':
      return texts.some((text) => foldText(text).includes(foldText(test.text)));
    case 'whole':
      return texts.some((text) => sameText(text, test.text));
    case 'pattern':
      return texts.some((text) => test.pattern.isIn(text));
    default:
      return test satisfies never;
  }
}

function isInRange(value: number | null, { from, isFromIncluded, to, isToIncluded }: NumberRange): boolean {
  if (value === null || Number.isNaN(value)) return false;
  return (isFromIncluded ? value >= from : value > from) && (isToIncluded ? value <= to : value < to);
}

function sameText(a: string, b: string): boolean {
  return foldText(a) === foldText(b);
}

/** Letters that look the same are the same: capital or small, composed or in parts. */
function foldText(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
