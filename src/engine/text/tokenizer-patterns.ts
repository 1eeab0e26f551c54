/**
 * @file Refuses patterns of a `tokenizer.json` that some texts would keep busy for years. The library that follows the file hands them to the
 * host's own matcher, which cannot be stopped; so they are looked at before.
 */

import { isJsonObject } from '../../core/codec/json.ts';

/** Published ones have a fifth of this. */
const longestPattern = 4000;

/** How many repetitions without an end one alternative may have; published ones have two. With more, time grows with the length to the power of their number. */
const mostRepetitions = 3;

/** Finds the first pattern that is not safe among the rules of a file, or null. */
export function findUnsafePattern(rules: unknown): string | null {
  const left: unknown[] = [rules];
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) left.push(item);
    if (!isJsonObject(value)) continue;
    const pattern = value['Regex'];
    if (typeof pattern === 'string' && !isSafePattern(pattern)) return pattern;
    for (const member of Object.values(value)) left.push(member);
  }
  return null;
}

/** What a group holds so far. */
interface Group {
  /** Whether it can match texts of different lengths, or in several ways. */
  isFree: boolean;
  /** Repetitions without an end in the alternative that is read. */
  repetitions: number;
  /** The most of any alternative before. */
  most: number;
}

/** Tells whether no text keeps a pattern busy: no group is repeated that is free in itself, and few repetitions follow each other. */
export function isSafePattern(pattern: string): boolean {
  if (pattern.length > longestPattern) return false;
  const open: Group[] = [{ isFree: false, repetitions: 0, most: 0 }];
  for (let at = 0; at < pattern.length; ) {
    const group = open.at(-1);
    if (!group) return false;
    const sign = pattern.charAt(at);
    let closed: Group | undefined;
    if (sign === '(') {
      open.push({ isFree: false, repetitions: 0, most: 0 });
      at += /^\((?:\?(?:[a-zA-Z-]*:|<?[=!]|P?<\w+>))?/u.exec(pattern.slice(at, at + 80))?.[0].length ?? 1;
      continue;
    }
    if (sign === '|') {
      group.isFree = true;
      group.most = Math.max(group.most, group.repetitions);
      group.repetitions = 0;
      at++;
      continue;
    }
    if (sign === ')') {
      closed = open.pop();
      at++;
    } else at = endOfAtom(pattern, at);
    const outer = open.at(-1);
    if (!outer) return false;
    const inner = closed ? Math.max(closed.most, closed.repetitions) : 0;
    const [text, most, isVariable] = readRepetition(pattern, at);
    at += text.length;
    if (closed?.isFree === true && most > 1) return false;
    outer.isFree ||= isVariable || closed?.isFree === true;
    outer.repetitions += inner + (isVariable && most > 10 ? 1 : 0);
    if (outer.repetitions > mostRepetitions) return false;
  }
  return open.length === 1;
}

/** Goes behind one character, escape or class. */
function endOfAtom(pattern: string, at: number): number {
  if (pattern.charAt(at) === '\\') return at + (/^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|[^])/u.exec(pattern.slice(at, at + 80))?.[0].length ?? 1);
  if (pattern.charAt(at) !== '[') return at + 1;
  for (let end = at + 1; end < pattern.length; end++) {
    if (pattern.charAt(end) === '\\') end++;
    else if (pattern.charAt(end) === ']' && end > at + 1) return end + 1;
  }
  return pattern.length;
}

/** Reads how often what stands before is repeated: its text, the most, and whether the number is free. */
function readRepetition(pattern: string, at: number): readonly [text: string, most: number, isVariable: boolean] {
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})[?+]?/u.exec(pattern.slice(at, at + 40));
  if (!found) return ['', 1, false];
  const [text, sign, low, comma, high] = found;
  if (sign !== undefined) return [text, sign === '?' ? 1 : Infinity, true];
  if (comma === '') return [text, Number(low), false];
  return [text, high === '' ? Infinity : Number(high), true];
}
