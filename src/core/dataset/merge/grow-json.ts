/** @file Rows of an export that a table of JSON does not have yet, put behind its own. */

import { captionKeys, fileKeys } from '../caption-rows.ts';
import { editText, listMembers } from './json-members.ts';
import type { TableText } from './merged-table.ts';
import { placeByPicture, type PlacedRow } from './placed-rows.ts';

/** Puts the lines of pictures that have none behind JSON lines; they name picture and caption as the lines there do. */
export function growLines(table: TableText, fresh: string, pictures: readonly string[]): string {
  const missing = missingRows(table, fresh, pictures).map(({ start, end }) => fresh.slice(start, end));
  if (missing.length === 0) return table.text;
  const [sample] = table.text.replace('\uFEFF', '').split('\n', 1);
  const names = sample === undefined || sample.trim() === '' ? [] : listMembers(sample).map(({ key }) => key);
  const lineEnd = /\r\n/u.test(table.text) ? '\r\n' : '\n';
  const start = table.text === '' || table.text.endsWith('\n') ? '' : lineEnd;
  return table.text + start + missing.map((line) => `${renameMembers(line, names)}${lineEnd}`).join('');
}

/** Puts the members of pictures that have none behind those of an object. */
export function growObject(table: TableText, fresh: string, pictures: readonly string[]): string {
  const { text } = table;
  const missing = missingRows(table, fresh, pictures).map(
    ({ row, start, end }) => `${JSON.stringify(row.file)}: ${fresh.slice(start, end)}`,
  );
  if (missing.length === 0) return text;
  const members = listMembers(text);
  const at = members.at(-1)?.end ?? text.indexOf('{') + 1;
  const indent = /^[^\S\r\n]*(?=")/mu.exec(text)?.[0] ?? '';
  const gap = /[\r\n]/u.test(text) ? `\n${indent}` : ' ';
  const lead = members.length === 0 ? gap.trimStart() : `,${gap}`;
  return editText(text, [{ start: at, end: at, text: `${lead}${missing.join(`,${gap}`)}` }]);
}

/** The rows of an export whose pictures have no row in a table. */
export function missingRows(table: TableText, fresh: string, pictures: readonly string[]): readonly PlacedRow[] {
  const here = placeByPicture(table, pictures);
  return [...placeByPicture({ ...table, text: fresh }, pictures)].flatMap(([path, rows]) => (here.has(path) ? [] : rows));
}

/** Calls the picture and its caption what a table calls them. */
function renameMembers(line: string, names: readonly string[]): string {
  const members = listMembers(line);
  const wanted = [fileKeys, captionKeys.filter((key) => !['captions', 'texts', 'references'].includes(key))].flatMap((keys) => {
    const own = members.find(({ key }) => keys.some((name) => name === key));
    const theirs = names.find((name) => keys.some((key) => key === name));
    return own === undefined || theirs === undefined || own.key === theirs ? [] : [[own.key, theirs] as const];
  });
  return wanted.reduce((text, [from, to]) => text.replace(`${JSON.stringify(from)}:`, `${JSON.stringify(to)}:`), line);
}
