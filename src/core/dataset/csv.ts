/** @file Tables of text: fields between separators, quoted where they hold one. */

import { invalidFile } from './caption-record.ts';

/** One row of a table. */
export interface CsvRow {
  /** Line of the file in which it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** Where it stands in the text, without its line end. */
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a table; empty lines are passed over. A quote inside of an unquoted field is kept as it is.
 *
 * @throws {StudioError} 'file-invalid' when a quoted field does not end, or goes on after its end
 * @source RFC 4180, with any separator and any line end
 */
export function parseCsv(name: string, text: string, separator: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let start = 1; // line of the row that is being read
  let from = 0; // and its place
  let fields: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = text.charAt(at) === '"';
    const field = quoted ? readQuoted(name, text, at, line) : readPlain(text, at, separator);
    for (let i = at; i < field.end; i++) if (text.charAt(i) === '\n') line++;
    at = field.end;
    fields.push(field.value);
    const next = text.charAt(at);
    if (next === separator) {
      at++;
      if (at === text.length) fields.push('');
      if (at < text.length) continue;
    } else if (quoted && next !== '' && next !== '\r' && next !== '\n') {
      throw invalidFile({ name, line }, `a quoted field is followed by "${next}"; double the quotes inside of a field`);
    }
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: start, fields, start: from, end: at });
    fields = [];
    if (text.charAt(at) === '\r') at++;
    if (text.charAt(at) === '\n') at++;
    start = ++line;
    from = at;
  }
  return rows;
}

/** Tells which separator a header has: the one that stands in it most often. */
export function detectSeparator(header: string): string {
  const counts = [',', ';', '\t', '|'].map((separator) => [separator, header.split(separator).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Writes a field of a comma-separated table, in quotes where it needs them. @source RFC 4180 */
export function toCsvField(text: string): string {
  return /[",\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Field {
  readonly value: string;
  /** Where it ends, exclusive. */
  readonly end: number;
}

function readQuoted(name: string, text: string, start: number, line: number): Field {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) throw invalidFile({ name, line }, 'a quoted field does not end');
    if (text.charAt(at + 1) !== '"') return { value: text.slice(start + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
}

function readPlain(text: string, start: number, separator: string): Field {
  let end = start;
  while (end < text.length && text.charAt(end) !== separator && text.charAt(end) !== '\n' && text.charAt(end) !== '\r') end++;
  return { value: text.slice(start, end), end };
}
