/** @file Numbers in filters: `>60`, `<=5`, `10..20`, `3`, with k and M for thousands and millions. */

import type { NumberRange } from './filter.ts';

/** Reads a comparison; null where it is none. */
export function readRange(text: string): NumberRange | null {
  const between = /^(?<from>[^.]*(?:\.\d+)?[kM]?)\.\.(?<to>.*)$/u.exec(text)?.groups;
  if (between !== undefined) {
    const from = between['from'] === '' ? -Infinity : readAmount(between['from'] ?? '');
    const to = between['to'] === '' ? Infinity : readAmount(between['to'] ?? '');
    return from === null || to === null || text === '..' ? null : { from, isFromIncluded: true, to, isToIncluded: true };
  }
  const { sign = '', number = '' } = /^(?<sign>[<>]=?|=)?(?<number>.*)$/u.exec(text)?.groups ?? {};
  const value = readAmount(number);
  if (value === null) return null;
  switch (sign) {
    case '>':
    case '>=':
      return { from: value, isFromIncluded: sign === '>=', to: Infinity, isToIncluded: true };
    case '<':
    case '<=':
      return { from: -Infinity, isFromIncluded: true, to: value, isToIncluded: sign === '<=' };
    default:
      return { from: value, isFromIncluded: true, to: value, isToIncluded: true };
  }
}

function readAmount(text: string): number | null {
  const { number, unit } = /^(?<number>-?(?:\d+(?:\.\d+)?|\.\d+))(?<unit>[kKM])?$/u.exec(text)?.groups ?? {};
  if (number === undefined) return null;
  return Number(number) * (unit === undefined ? 1 : unit === 'M' ? 1e6 : 1e3);
}
