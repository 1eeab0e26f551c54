/** @file Reads the syntax of Python's regular expressions, as far as names of modules need it. */

import { StudioError } from '../error.ts';

/** A piece of a pattern. */
export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly inner: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: 'look'; readonly inner: PatternNode; readonly isNegative: boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'boundary'; readonly isNegative: boolean };

/** A pattern longer than this is none that a person wrote. */
const longestPattern = 10_000;
const deepestNesting = 50;
const mostRepeats = 1000;

/** Where the reader is. */
interface Reader {
  readonly source: string;
  /** What to call the file in messages. */
  readonly file: string;
  at: number;
  depth: number;
  ignoresCase: boolean;
}

/**
 * Reads a pattern.
 *
 * @throws {StudioError} 'file-invalid' naming the place that is not understood
 */
export function parsePattern(source: string, file = ''): PatternNode {
  if (source.length > longestPattern)
    throw new StudioError(
      'file-invalid',
      `${prefix(file)}pattern of ${String(source.length)} characters: at most ${String(longestPattern)} are read`,
    );
  const reader: Reader = { source, file, at: 0, depth: 0, ignoresCase: false };
  const node = readChoice(reader);
  if (reader.at < source.length) throw bad(reader, 'has a ) without a (');
  return node;
}

function prefix(file: string): string {
  return file === '' ? '' : `${file}: `;
}

function bad({ source, file, at }: Reader, what: string): StudioError {
  return new StudioError('file-invalid', `${prefix(file)}pattern ${source.slice(0, 200)}: ${what} (at character ${String(at + 1)})`);
}

function readChoice(reader: Reader): PatternNode {
  const branches = [readSequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    branches.push(readSequence(reader));
  }
  const [only] = branches;
  return only && branches.length === 1 ? only : { kind: 'choice', branches };
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const character = reader.source[reader.at];
    if (character === undefined || character === '|' || character === ')') return { kind: 'sequence', parts };
    const atom = readAtom(reader, character);
    if (atom) parts.push(readRepeat(reader, atom));
  }
}

function readAtom(reader: Reader, character: string): PatternNode | null {
  reader.at++;
  switch (character) {
    case '.':
      return { kind: 'character', accepts: (one) => one !== '\n' };
    case '^':
      return { kind: 'start' };
    case '$':
      return { kind: 'end' };
    case '(':
      return readGroup(reader);
    case '[':
      return { kind: 'character', accepts: readClass(reader) };
    case '\\':
      return readEscape(reader);
    case '*':
    case '+':
    case '?':
      throw bad(reader, `${character} has nothing to repeat`);
    default:
      return exactly(reader, character);
  }
}

function exactly({ ignoresCase }: Reader, wanted: string): PatternNode {
  const lower = wanted.toLowerCase();
  return { kind: 'character', accepts: ignoresCase ? (one) => one.toLowerCase() === lower : (one) => one === wanted };
}

function readGroup(reader: Reader): PatternNode | null {
  const rest = reader.source.slice(reader.at);
  const flags = /^\?([a-zA-Z]+)\)/.exec(rest);
  if (flags) {
    if (reader.at !== 1 || !/^[aiu]+$/.test(flags[1] ?? '')) throw bad(reader, `the flags (${flags[0]} are not read here`);
    reader.ignoresCase = (flags[1] ?? '').includes('i');
    reader.at += flags[0].length;
    return null;
  }
  const opening = /^\?(?::|=|!|P<[A-Za-z_]\w*>)/.exec(rest)?.[0] ?? '';
  if (opening === '' && rest.startsWith('?'))
    throw bad(reader, `(${rest.slice(0, 3)} is not read here; groups, (?:, (?P<name>, (?= and (?! are`);
  reader.at += opening.length;
  if (++reader.depth > deepestNesting) throw bad(reader, `groups stand in each other more than ${String(deepestNesting)} deep`);
  const inner = readChoice(reader);
  reader.depth--;
  if (reader.source[reader.at] !== ')') throw bad(reader, 'has a ( without a )');
  reader.at++;
  return opening === '?=' || opening === '?!' ? { kind: 'look', inner, isNegative: opening === '?!' } : inner;
}

const classes: Readonly<Record<string, RegExp>> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' };

function readEscape(reader: Reader): PatternNode {
  const letter = reader.source[reader.at++];
  if (letter === undefined) throw bad(reader, 'ends with a \\');
  if (letter === 'A') return { kind: 'start' };
  if (letter === 'Z') return { kind: 'end' };
  if (letter === 'b' || letter === 'B') return { kind: 'boundary', isNegative: letter === 'B' };
  const set = Object.hasOwn(classes, letter) ? classes[letter] : undefined;
  if (set) return { kind: 'character', accepts: (one) => set.test(one) };
  return exactly(reader, escapedCharacter(reader, letter));
}

function escapedCharacter(reader: Reader, letter: string): string {
  if (Object.hasOwn(controls, letter)) return controls[letter] ?? letter;
  if (/[0-9A-Za-z]/.test(letter)) throw bad(reader, `\\${letter} is not read here`);
  return letter;
}

function readClass(reader: Reader): (character: string) => boolean {
  const isNegative = reader.source[reader.at] === '^';
  if (isNegative) reader.at++;
  const tests: ((character: string) => boolean)[] = [];
  for (let isFirst = true; ; isFirst = false) {
    const character = reader.source[reader.at];
    if (character === undefined) throw bad(reader, 'has a [ without a ]');
    if (character === ']' && !isFirst) break;
    tests.push(readClassItem(reader));
  }
  reader.at++;
  const { ignoresCase } = reader;
  const accepts = (one: string): boolean => tests.some((test) => test(one));
  return (one) => (accepts(one) || (ignoresCase && (accepts(one.toLowerCase()) || accepts(one.toUpperCase())))) !== isNegative;
}

function readClassItem(reader: Reader): (character: string) => boolean {
  const low = readClassCharacter(reader);
  if (typeof low !== 'string') return low;
  if (reader.source[reader.at] !== '-' || (reader.source[reader.at + 1] ?? ']') === ']') return (one) => one === low;
  reader.at++;
  const high = readClassCharacter(reader);
  if (typeof high !== 'string' || high < low) throw bad(reader, 'has a range that goes nowhere');
  return (one) => one >= low && one <= high;
}

function readClassCharacter(reader: Reader): string | ((character: string) => boolean) {
  const character = reader.source[reader.at++] ?? '';
  if (character !== '\\') return character;
  const letter = reader.source[reader.at++];
  if (letter === undefined) throw bad(reader, 'ends with a \\');
  const set = Object.hasOwn(classes, letter) ? classes[letter] : undefined;
  return set ? (one) => set.test(one) : escapedCharacter(reader, letter);
}

function readRepeat(reader: Reader, inner: PatternNode): PatternNode {
  const counts = /^(?:([*+?])|\{(\d*)(,?)(\d*)\})/.exec(reader.source.slice(reader.at));
  const isCount = counts !== null && (counts[1] !== undefined || (counts[2] ?? '') + (counts[4] ?? '') !== '');
  if (!counts || !isCount) return inner; // a { that counts nothing stands for itself
  reader.at += counts[0].length;
  const [, sign, low, comma, high] = counts;
  const least = sign === undefined ? Number(low ?? 0) : sign === '+' ? 1 : 0;
  const most = sign === undefined ? (comma === '' ? least : high === '' ? Infinity : Number(high)) : sign === '?' ? 1 : Infinity;
  if (least > mostRepeats || least > most) throw bad(reader, `${counts[0]} cannot be repeated so`);
  const mode = reader.source[reader.at];
  if (mode === '+') throw bad(reader, 'repetitions that give nothing back are not read here');
  if (mode === '?') reader.at++;
  if (/[*+{]/.test(reader.source[reader.at] ?? '') && /^(?:[*+]|\{\d)/.test(reader.source.slice(reader.at)))
    throw bad(reader, 'repeats a repetition');
  return { kind: 'repeat', inner, least, most };
}
