/**
 * @file Reads the filter language: `caption:dog -tag:blurry (words:>60 OR score:clip<0.2) style:"a b"`. What stands side by side has to
 * hold together; OR binds less, a minus takes the opposite.
 */

import { StudioError } from '../../error.ts';
import { compilePattern, escapePattern } from '../../text/pattern/pattern.ts';
import { everything, type Filter, type TextTest } from './filter.ts';
import { readRange } from './range.ts';
import { filterFields, isFilterField, type FilterFieldName } from './record.ts';

/** What is wrong with a filter, and where. */
export interface FilterProblem {
  readonly message: string;
  /** The characters it is about: start inclusive, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** A filter, or what is wrong with it. */
export type FilterReading =
  | { readonly filter: Filter; readonly problem: null }
  | { readonly filter: null; readonly problem: FilterProblem };

/** Reads a filter; an empty text passes everything. */
export function parseFilter(text: string): FilterReading {
  const reader: Reader = { text, at: 0, depth: 0 };
  try {
    const filter = readAny(reader);
    if (reader.at < text.length) throw new Wrong('this bracket closes nothing; put it in quotes to look for it', reader.at, reader.at + 1);
    return { filter, problem: null };
  } catch (error) {
    if (error instanceof Wrong) return { filter: null, problem: { message: error.message, start: error.start, end: error.end } };
    throw error;
  }
}

/**
 * Reads a filter that has to be right, as on a command line.
 *
 * @throws {StudioError} 'argument-invalid' with `details.start` and `details.end`
 */
export function requireFilter(text: string): Filter {
  const { filter, problem } = parseFilter(text);
  if (problem === null) return filter;
  const { message, start, end } = problem;
  throw new StudioError('argument-invalid', `filter, character ${String(start + 1)}: ${message}`, { details: { start, end } });
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

/** Brackets deeper than this are nobody's intention. */
const maxDepth = 50;

class Wrong extends StudioError {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super('argument-invalid', message);
    this.start = start;
    this.end = end;
  }
}

function readAny(reader: Reader): Filter {
  const parts = [readAll(reader)];
  while (match(reader, orSign) !== null) parts.push(readAll(reader));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'any', parts };
}

const orSign = /(?:OR(?=[\s()]|$)|\|)/uy;

function readAll(reader: Reader): Filter {
  const parts: Filter[] = [];
  for (;;) {
    skipBlanks(reader);
    if (reader.at >= reader.text.length || reader.text.charAt(reader.at) === ')' || isNext(reader, orSign)) break;
    if (match(reader, /AND(?=[\s()]|$)/uy) === null) parts.push(readTerm(reader));
  }
  const [only] = parts;
  if (only === undefined) return everything;
  return parts.length === 1 ? only : { kind: 'all', parts };
}

function readTerm(reader: Reader): Filter {
  const start = reader.at;
  if (match(reader, /-(?=\S)|NOT\s+(?=\S)/uy) !== null) {
    nest(reader, start);
    const part = readTerm(reader);
    reader.depth--;
    return { kind: 'not', part };
  }
  if (match(reader, /\(/uy) !== null) {
    nest(reader, start);
    const inside = readAny(reader);
    if (match(reader, /\)/uy) === null) throw new Wrong('the bracket ( does not end', start, start + 1);
    reader.depth--;
    return inside;
  }
  const name = match(reader, /(?<name>[a-z]+):/iuy)?.groups?.['name']?.toLowerCase();
  if (name === 'score') return readScore(reader, start);
  if (name !== undefined && isFilterField(name)) return readField(reader, name, start);
  if (name !== undefined) {
    const known = [...Object.keys(filterFields), 'score'].join(', ');
    throw new Wrong(`there is no field ${name}; known are ${known}. Put it in quotes to look for the text`, start, reader.at);
  }
  return { kind: 'text', fields: ['caption', 'tag', 'name'], test: readText(reader, false) };
}

function nest(reader: Reader, start: number): void {
  if (++reader.depth > maxDepth) throw new Wrong('the brackets are nested too deep', start, start + 1);
}

function readField(reader: Reader, name: FilterFieldName, start: number): Filter {
  const field = filterFields[name];
  if (field.kind === 'text') return { kind: 'text', fields: [name], test: readText(reader, field.isWhole) };
  const from = reader.at;
  const word = match(reader, /[^\s()|]*/uy)?.[0] ?? '';
  const range = readRange(word);
  if (range === null)
    throw new Wrong(`${name} wants a number, as in ${name}:>60, ${name}:<=5 or ${name}:10..20`, word === '' ? start : from, reader.at);
  return { kind: 'number', field: name, range };
}

function readScore(reader: Reader, start: number): Filter {
  const groups = match(reader, /(?<name>[\p{L}\p{N}_.-]+?):?(?<range>(?:[<>=]|\d+\.\.|-?[\d.]+$|-?[\d.]+(?=[\s()|]))[^\s()|]*)/uy)?.groups;
  const range = readRange(groups?.['range'] ?? '');
  if (groups === undefined || range === null) {
    match(reader, /[^\s()|]*/uy);
    throw new Wrong('a score wants its name and a number, as in score:clip<0.2', start, reader.at);
  }
  return { kind: 'score', name: groups['name'] ?? '', range };
}

function readText(reader: Reader, isWhole: boolean): TextTest {
  const start = reader.at;
  const quoted = match(reader, /"(?<text>(?:[^"\\]|\\[^])*)"/uy)?.groups?.['text'];
  if (quoted !== undefined) return testOf(quoted.replaceAll(/\\([^])/gu, '$1'), isWhole);
  if (reader.text.charAt(start) === '"') throw new Wrong('the quotes do not end', start, reader.text.length);
  const expression = match(reader, /\/(?<source>(?:[^/\\]|\\[^])+)\/(?<letters>[a-z]*)/uy)?.groups;
  if (expression !== undefined) return readPattern(expression['source'] ?? '', expression['letters'] ?? '', start);
  const word = match(reader, /[^\s()|]+/uy)?.[0];
  if (word === undefined) throw new Wrong('a value is missing here; "" stands for none', Math.max(0, start - 1), start);
  return word.includes('*') && isWhole ? wildcard(word) : testOf(word, isWhole);
}

function testOf(text: string, isWhole: boolean): TextTest {
  if (text === '') return { kind: 'nothing' };
  return { kind: isWhole ? 'whole' : 'part', text };
}

function readPattern(source: string, letters: string, start: number): TextTest {
  try {
    const flags = { ignoreCase: letters.includes('i'), multiline: letters.includes('m'), dotAll: letters.includes('s') };
    return { kind: 'pattern', pattern: compilePattern(source, flags) };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    const position = Number(error.details['position'] ?? 0);
    throw new Wrong(error.message, start + 1 + position, start + 2 + position);
  }
}

function wildcard(word: string): TextTest {
  const source = word.split('*').map(escapePattern).join('.*');
  return { kind: 'pattern', pattern: compilePattern(`^${source}$`, { ignoreCase: true, dotAll: true }) };
}

function skipBlanks(reader: Reader): void {
  match(reader, /\s+/uy);
}

function isNext(reader: Reader, sticky: RegExp): boolean {
  sticky.lastIndex = reader.at;
  return sticky.test(reader.text);
}

function match(reader: Reader, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = reader.at;
  const found = sticky.exec(reader.text);
  if (found !== null) reader.at += found[0].length;
  return found;
}
