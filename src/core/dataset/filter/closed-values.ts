/** @file Fields of filters that have few values, and the values that a filter asks of them although they have no such one. */

import { flagNames } from '../check/flag.ts';
import type { Filter } from './filter.ts';
import type { FilterFieldName } from './record.ts';

/** All values of these fields. */
export const closedValues: Partial<Readonly<Record<FilterFieldName, readonly string[]>>> = {
  state: ['waiting', 'done', 'failed'],
  by: ['person', 'model', 'file', 'rule'],
  flag: Object.keys(flagNames),
  is: ['edited', 'accepted', 'selected', 'duplicate', 'broken', 'missing'],
};

/** Says what is wrong with the first value that no picture can have, and which there are; null where all may be met. */
export function sayUnknownValue(filter: Filter): string | null {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.parts.map(sayUnknownValue).find((said) => said !== null) ?? null;
    case 'not':
      return sayUnknownValue(filter.part);
    case 'text': {
      const [name] = filter.fields;
      const values = name === undefined || filter.fields.length > 1 ? undefined : closedValues[name];
      if (name === undefined || values === undefined || filter.test.kind !== 'whole') return null;
      const { text } = filter.test;
      return values.includes(text.toLowerCase()) ? null : `${name}:${text} finds nothing; ${name} is one of ${values.join(', ')}`;
    }
    case 'number':
    case 'score':
      return null;
    default:
      return filter satisfies never;
  }
}
