/** @file Regular expressions that cannot run away: for those that users type or files bring along. */

import { compileSteps } from './compile.ts';
import { findBeginnings, matchFrom, type Slots } from './match.ts';
import { parsePattern } from './parse.ts';
import type { PatternFlags } from './syntax.ts';

/** A place in a text where a pattern was found. */
export interface PatternMatch {
  /** Where it begins, inclusive, in UTF-16 units as all indices of strings. */
  readonly start: number;
  /** Where it ends, exclusive. */
  readonly end: number;
  /** The text of each group, the whole match first; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[];
}

/** A pattern that is ready to search. */
export interface Pattern {
  readonly source: string;
  /** Tells whether the pattern is anywhere in a text. */
  readonly isIn: (text: string) => boolean;
  /** Finds all matches from the start on that do not overlap. */
  readonly findAll: (text: string) => readonly PatternMatch[];
  /** Puts a replacement where the pattern was found: `$1` and `$<name>` are groups, `$&` the match, `$$` a dollar. */
  readonly replaceAll: (text: string, replacement: string) => string;
}

/**
 * Compiles a regular expression in JavaScript's spelling. Back references and looking around are not supported; in return the time is bounded
 * by the length of the text times the length of the pattern. Matches are JavaScript's, but for repeated parts that may be empty, as in `(|a)?`.
 *
 * @throws {StudioError} 'argument-invalid'; `details.position` is where it is wrong
 */
export function compilePattern(source: string, flags: PatternFlags = {}): Pattern {
  const { root, names, groupCount } = parsePattern(source, flags);
  const steps = compileSteps(root);
  const canBegin = findBeginnings(steps);
  const find = (text: string, from: number): Slots | null => matchFrom({ steps, slotCount: 2 * groupCount, canBegin }, text, from);
  const findAll = (text: string): readonly PatternMatch[] => {
    const found: PatternMatch[] = [];
    for (let from = 0; from <= text.length; ) {
      const slots = find(text, from);
      if (slots === null) break;
      const match = toMatch(text, slots);
      found.push(match);
      from = match.end > match.start ? match.end : match.end + ((text.codePointAt(match.end) ?? 0) > 0xff_ff ? 2 : 1);
    }
    return found;
  };
  return {
    source,
    isIn: (text) => matchFrom({ steps, slotCount: 0, canBegin }, text, 0) !== null,
    findAll,
    replaceAll: (text, replacement) => {
      let result = '';
      let done = 0;
      for (const match of findAll(text)) {
        result += text.slice(done, match.start) + fillIn(replacement, match, names);
        done = match.end;
      }
      return result + text.slice(done);
    },
  };
}

/** Gives a pattern's source that stands for a text as it is. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}

function toMatch(text: string, slots: Slots): PatternMatch {
  const groups = Array.from({ length: slots.length / 2 }, (_, group) => {
    const [start = -1, end = -1] = slots.slice(2 * group, 2 * group + 2);
    return start < 0 || end < 0 ? undefined : text.slice(start, end);
  });
  return { start: slots[0] ?? 0, end: slots[1] ?? 0, groups };
}

/** A number or name without a group stands for itself. */
function fillIn(replacement: string, { groups }: PatternMatch, names: ReadonlyMap<string, number>): string {
  return replacement.replaceAll(/\$(?:(?<sign>[$&])|(?<number>\d{1,2})|<(?<name>[^>]*)>)/gu, (whole: string, ...rest: unknown[]) => {
    const { sign, number, name } = rest.at(-1) as Readonly<Record<'sign' | 'number' | 'name', string | undefined>>;
    if (sign === '$') return '$';
    if (sign === '&') return groups[0] ?? '';
    const index = name === undefined ? Number(number) : names.get(name);
    return index !== undefined && index > 0 && index < groups.length ? (groups[index] ?? '') : whole;
  });
}
