/** @file Reads regular expressions in JavaScript's spelling, without what would need backtracking: back references and looking around. */

import { StudioError } from '../../error.ts';
import { acceptClass, acceptLiteral } from './character.ts';
import type { PatternFlags, PatternNode } from './syntax.ts';

/** A pattern that has been read. */
export interface ParsedPattern {
  readonly root: PatternNode;
  /** Names of groups by number; the whole match is number 0 and has none. */
  readonly names: ReadonlyMap<string, number>;
  /** How many groups there are, the whole match included. */
  readonly groupCount: number;
}

/** Deeper brackets are nobody's intention. */
const maxDepth = 100;

/**
 * Reads a pattern.
 *
 * @throws {StudioError} 'argument-invalid'; `details.position` is where it is wrong, in characters from 0
 */
export function parsePattern(source: string, flags: PatternFlags): ParsedPattern {
  const reader: Reader = { source, flags, at: 0, groupCount: 1, names: new Map(), depth: 0 };
  const root = readChoice(reader);
  if (reader.at < source.length) throw wrong(reader, 'this bracket closes nothing; write \\) for the sign itself');
  return { root, names: reader.names, groupCount: reader.groupCount };
}

interface Reader {
  readonly source: string;
  readonly flags: PatternFlags;
  readonly names: Map<string, number>;
  at: number;
  groupCount: number;
  depth: number;
}

function readChoice(reader: Reader): PatternNode {
  if (++reader.depth > maxDepth) throw wrong(reader, 'the brackets are nested too deep');
  const options = [readSequence(reader)];
  while (take(reader, '|')) options.push(readSequence(reader));
  reader.depth--;
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  while (reader.at < reader.source.length && !/[|)]/u.test(reader.source.charAt(reader.at))) {
    const firstGroup = reader.groupCount;
    parts.push(readRepeat(reader, readAtom(reader), firstGroup));
  }
  return { kind: 'sequence', parts };
}

function readRepeat(reader: Reader, part: PatternNode, firstGroup: number): PatternNode {
  const found = match(reader, /[*+?]|\{(?<min>\d+)(?:(?<comma>,)(?<max>\d*))?\}/uy);
  if (found === null) return part;
  if (part.kind === 'place') throw wrong(reader, 'a place such as ^ or \\b cannot be repeated');
  const [min, max] = readCounts(found);
  if (max < min) throw wrong(reader, `{${String(min)},${String(max)}}: the larger number has to stand last`);
  const isGreedy = !take(reader, '?');
  if (/^[*+?]$/u.test(reader.source.charAt(reader.at))) throw wrong(reader, 'nothing to repeat here; write \\ before the sign itself');
  return { kind: 'repeat', part, min, max, isGreedy, groups: [firstGroup, reader.groupCount] };
}

function readCounts(found: RegExpExecArray): readonly [min: number, max: number] {
  switch (found[0]) {
    case '*':
      return [0, Infinity];
    case '+':
      return [1, Infinity];
    case '?':
      return [0, 1];
    default: {
      const { min = '0', comma, max = '' } = found.groups ?? {};
      if (comma === undefined) return [Number(min), Number(min)];
      return [Number(min), max === '' ? Infinity : Number(max)];
    }
  }
}

function readAtom(reader: Reader): PatternNode {
  const { source, flags } = reader;
  const sign = source.charAt(reader.at);
  switch (sign) {
    case '(':
      return readGroup(reader);
    case '[': {
      const start = reader.at;
      const found = match(reader, /\[(?:[^\]\\]|\\[^])*\]/uy);
      if (found === null) throw wrong(reader, 'the bracket [ does not end; write \\[ for the sign itself');
      return readClass({ ...reader, at: start }, found[0]);
    }
    case '^':
      reader.at++;
      return { kind: 'place', place: flags.multiline === true ? 'line-start' : 'text-start' };
    case '$':
      reader.at++;
      return { kind: 'place', place: flags.multiline === true ? 'line-end' : 'text-end' };
    case '.':
      reader.at++;
      return { kind: 'character', accepts: acceptClass('.', flags) };
    case '\\':
      return readEscape(reader);
    case '*':
    case '+':
    case '?':
      throw wrong(reader, 'nothing to repeat here; write \\ before the sign itself');
    case '{':
    case '}':
    case ']':
      throw wrong(reader, `write \\${sign} for the sign itself`);
    default: {
      const codePoint = source.codePointAt(reader.at) ?? 0;
      reader.at += codePoint > 0xff_ff ? 2 : 1;
      return { kind: 'character', accepts: acceptLiteral(codePoint, flags) };
    }
  }
}

function readGroup(reader: Reader): PatternNode {
  const start = reader.at;
  if (match(reader, /\(\?(?:<?[=!])/uy) !== null) {
    throw wrong({ ...reader, at: start }, 'looking ahead or behind is not supported; use a group and put it back with $1');
  }
  const name = match(reader, /\(\?<(?<name>[\p{L}_$][\p{L}\p{N}_$]*)>/uy)?.groups?.['name'];
  const isPlain = name === undefined && match(reader, /\(\?:/uy) !== null;
  if (name === undefined && !isPlain) {
    reader.at++;
    if (reader.source.charAt(reader.at) === '?')
      throw wrong({ ...reader, at: start }, 'this kind of group is unknown; (…), (?:…) and (?<name>…) are');
  }
  const index = isPlain ? 0 : reader.groupCount++;
  if (name !== undefined) {
    if (reader.names.has(name)) throw wrong({ ...reader, at: start }, `two groups are named ${name}`);
    reader.names.set(name, index);
  }
  const part = readChoice(reader);
  if (!take(reader, ')')) throw wrong({ ...reader, at: start }, 'the bracket ( does not end; write \\( for the sign itself');
  return isPlain ? part : { kind: 'group', index, part };
}

function readEscape(reader: Reader): PatternNode {
  const start = reader.at;
  const place = match(reader, /\\(?<letter>[bB])/uy)?.groups?.['letter'];
  if (place !== undefined) return { kind: 'place', place: place === 'b' ? 'word-edge' : 'no-word-edge' };
  if (match(reader, /\\(?:[1-9]|k)/uy) !== null) {
    throw wrong({ ...reader, at: start }, 'a pattern that asks for the same text again (\\1) is not supported');
  }
  const found = match(reader, /\\(?:[pP]\{[^}]*\}|u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[^])/iuy);
  if (found === null) throw wrong(reader, 'a pattern cannot end with \\; write \\\\ for the sign itself');
  return readClass({ ...reader, at: start }, found[0]);
}

function readClass(reader: Reader, text: string): PatternNode {
  try {
    return { kind: 'character', accepts: acceptClass(text, reader.flags) };
  } catch (cause) {
    throw wrong(reader, `${text} means nothing here`, cause);
  }
}

function take(reader: Reader, sign: string): boolean {
  if (reader.source.charAt(reader.at) !== sign) return false;
  reader.at++;
  return true;
}

function match(reader: Reader, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = reader.at;
  const found = sticky.exec(reader.source);
  if (found !== null) reader.at += found[0].length;
  return found;
}

function wrong({ at }: Pick<Reader, 'at'>, reason: string, cause?: unknown): StudioError {
  return new StudioError('argument-invalid', `pattern, character ${String(at + 1)}: ${reason}`, { cause, details: { position: at } });
}
