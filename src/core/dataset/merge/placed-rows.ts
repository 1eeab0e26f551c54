/** @file The rows of a table where they stand in its text: JSON lines, CSV, kohya's metadata, captions by file. */

import { StudioError } from '../../error.ts';
import { isMembers } from '../caption-record.ts';
import { detectSeparator, parseCsv } from '../csv.ts';
import { stemOf } from '../item.ts';
import { makeRow, readMembers, type DatasetRow } from '../read/dataset-row.ts';
import { createPictureFinder } from '../read/find-picture.ts';
import { csvRoles, readCsvRows } from '../read/read-csv.ts';
import { readDatasetTable } from '../read/read-table.ts';
import { listMembers } from './json-members.ts';
import type { TableText } from './merged-table.ts';
import { mergeCells, writeFields } from './merge-cells.ts';
import { mergeObject, saysSame, type Saying } from './merge-object.ts';

/** A row where it stands in the text. */
export interface PlacedRow {
  readonly row: DatasetRow;
  readonly start: number;
  readonly end: number;
  /** Gives the row's text with other captions, or null where it has no place for them. */
  readonly merge: (saying: Saying) => string | null;
}

/**
 * Finds the rows of each picture.
 *
 * @throws {StudioError} 'file-invalid' when the table cannot be read, or is of a format that is only written as a whole
 */
export function placeByPicture(table: TableText, pictures: readonly string[]): ReadonlyMap<string, readonly PlacedRow[]> {
  const find = createPictureFinder(pictures);
  const byPicture = new Map<string, PlacedRow[]>();
  for (const placed of placeRows(table)) {
    const path = find(placed.row, table.path);
    if (path !== null && isSurely(path, placed.row.file)) byPicture.set(path, [...(byPicture.get(path) ?? []), placed]);
  }
  return byPicture;
}

/**
 * Whether a name means a picture and not one of the same name elsewhere that is not here any more: what is known of the folders has to agree. A
 * wrong guess while reading can be seen and undone, one while writing would be in the file.
 */
export function isSurely(path: string, file: string): boolean {
  const parts = (name: string): readonly string[] =>
    stemOf(name.normalize('NFC').replaceAll('\\', '/'))
      .split('/')
      .filter((part) => part !== '' && part !== '.');
  const [own, named] = [parts(path), parts(file)];
  const known = Math.min(own.length, named.length);
  return named.length < 2 || own.slice(-known).every((part, i) => part === named.at(i - known));
}

function placeRows({ path, text }: TableText): readonly PlacedRow[] {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const { format } = readDatasetTable(path, text);
  switch (format) {
    case 'jsonl':
      return placeLines(path, text, mark);
    case 'csv':
      return placeCells(path, text, mark);
    case 'kohya':
    case 'captions-by-file':
      return placeObjects(text);
    case 'coco':
    case 'coco-results':
    case 'html':
    case 'flickr8k-token':
      throw new StudioError('file-invalid', `${path}: captions do not go back into a file of this kind; export it anew as ${format}`);
    default:
      return format satisfies never;
  }
}

function placeLines(path: string, text: string, mark: number): readonly PlacedRow[] {
  const rows: PlacedRow[] = [];
  const tags = /"tags"\s*:\s*"/u.test(text) ? 'text' : 'list'; // a column has one type
  let start = mark;
  for (const line of text.slice(mark).split('\n')) {
    const content = line.replace(/\r$/u, '');
    const end = start + content.length;
    const [row] = content.trim() === '' ? [] : readDatasetTable(`${path}.jsonl`, content).rows;
    const fresh = { caption: /"file_name"\s*:/u.test(content) ? 'text' : 'caption', tags } as const;
    if (row !== undefined) rows.push({ row, start, end, merge: (saying) => mergeObject(content, saying, fresh) });
    start += line.length + 1;
  }
  return rows;
}

function placeCells(path: string, text: string, mark: number): readonly PlacedRow[] {
  const content = text.slice(mark);
  const separator = detectSeparator(/^[^\r\n]*/u.exec(content.trimStart())?.[0] ?? '');
  const [header, ...cells] = parseCsv(path, content, separator);
  const roles = csvRoles(header?.fields ?? []);
  const read = readCsvRows(path, content);
  return cells.flatMap(({ fields, start, end }, i) => {
    const row = read[i];
    if (row === undefined) return [];
    const merge = (saying: Saying): string | null => {
      const { captions, tags, split = row.split } = saying;
      const changes = {
        captions: !saysSame({ ...row, tags: [] }, { captions, tags: [] }),
        tags: !saysSame({ ...row, captions: [] }, { captions: [], tags }),
        split: split !== row.split,
      };
      const merged = mergeCells(fields, roles, { saying, changes });
      return merged === null ? null : writeFields(merged, separator);
    };
    return [{ row, start: start + mark, end: end + mark, merge }];
  });
}

function placeObjects(text: string): readonly PlacedRow[] {
  return listMembers(text).map(({ key, start, end }) => {
    const own = text.slice(start, end);
    const value: unknown = JSON.parse(own);
    if (!isMembers(value)) {
      const captions = typeof value === 'string' ? [value] : (value as readonly string[]);
      return { row: makeRow(key, { captions }), start, end, merge: (saying: Saying) => mergeTexts(value, saying) };
    }
    const merge = (saying: Saying): string | null => mergeObject(own, saying, { caption: 'caption', tags: 'text' });
    return { row: readMembers(key, value), start, end, merge };
  });
}

/** A picture that has nothing but its captions. */
function mergeTexts(value: unknown, { captions, tags, split = null }: Saying): string | null {
  if (tags.length > 0 || split !== null) return null;
  const isOne = typeof value === 'string' && captions.length < 2;
  return JSON.stringify(isOne ? (captions[0] ?? '') : captions);
}
