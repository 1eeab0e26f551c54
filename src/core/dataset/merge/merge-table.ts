/** @file Puts captions and tags back into the table that they came in with: JSON lines, CSV, kohya's metadata. Rows and members that are not known stay as they are written. */

import { isMembers } from '../caption-record.ts';
import { StudioError } from '../../error.ts';
import { detectSeparator, parseCsv } from '../csv.ts';
import { stemOf } from '../item.ts';
import { createPictureFinder } from '../read/find-picture.ts';
import { readMembers, type DatasetRow } from '../read/dataset-row.ts';
import { csvRoles, readCsvRows } from '../read/read-csv.ts';
import { readDatasetTable } from '../read/read-table.ts';
import { editText, listMembers, type TextEdit } from './json-members.ts';
import { mergeCells, writeFields } from './merge-cells.ts';
import { mergeObject, saysSame, type Saying } from './merge-object.ts';

/** A table as it lies there. */
export interface TableText {
  readonly path: string;
  /** With the byte order mark, where it has one. */
  readonly text: string;
}

/** What came of it. */
export interface MergedTable {
  readonly text: string;
  /** Pictures whose rows changed. */
  readonly changed: readonly string[];
  /** Pictures for whose captions the table has no place. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

/** A row where it stands in the text. */
interface PlacedRow {
  readonly row: DatasetRow;
  readonly start: number;
  readonly end: number;
  /** Gives the row's text with other captions, or null where it has no place for them. */
  readonly merge: (saying: Saying) => string | null;
}

/**
 * Puts what pictures say into a table's text; `sayingOf` gives null for pictures that are to stay as they are.
 *
 * @throws {StudioError} 'file-invalid' when the table cannot be read, or is of a format that is only written as a whole
 */
export function mergeTable(table: TableText, pictures: readonly string[], sayingOf: (path: string) => Saying | null): MergedTable {
  const find = createPictureFinder(pictures);
  const byPicture = new Map<string, PlacedRow[]>();
  for (const placed of placeRows(table)) {
    const path = find(placed.row, table.path);
    if (path !== null && isSurely(path, placed.row.file)) byPicture.set(path, [...(byPicture.get(path) ?? []), placed]);
  }
  const edits: TextEdit[] = [];
  const changed: string[] = [];
  const left: { path: string; reason: string }[] = [];
  for (const [path, rows] of byPicture) {
    const saying = sayingOf(path);
    if (saying === null) continue;
    const found = mergeRows(rows, saying);
    if (typeof found === 'string') left.push({ path, reason: found });
    else if (found.length > 0) {
      edits.push(...found);
      changed.push(path);
    }
  }
  return { text: editText(table.text, edits), changed, left };
}

/**
 * Whether a name means a picture and not one of the same name elsewhere that is not here any more: what is known of the folders has to agree. A
 * wrong guess while reading can be seen and undone, one while writing would be in the file.
 */
function isSurely(path: string, file: string): boolean {
  const parts = (name: string): readonly string[] =>
    stemOf(name.normalize('NFC').replaceAll('\\', '/'))
      .split('/')
      .filter((part) => part !== '' && part !== '.');
  const [own, named] = [parts(path), parts(file)];
  const known = Math.min(own.length, named.length);
  return named.length < 2 || own.slice(-known).every((part, i) => part === named.at(i - known));
}

/** Gives the edits of a picture's rows, or the reason why there are none. */
function mergeRows(rows: readonly PlacedRow[], saying: Saying): readonly TextEdit[] | string {
  const [first] = rows;
  if (first === undefined) return [];
  if (rows.length > 1) return mergeSeveral(rows, saying);
  if (saysSame(first.row, saying)) return [];
  const text = first.merge(saying);
  return text === null ? 'the table has no place for so many captions, or for tags' : [{ start: first.start, end: first.end, text }];
}

/** A picture with a row for each caption keeps as many. */
function mergeSeveral(rows: readonly PlacedRow[], { captions, tags }: Saying): readonly TextEdit[] | string {
  if (rows.some(({ row }) => row.captions.length !== 1) || captions.length !== rows.length) {
    return `has ${String(rows.length)} rows in the table and ${String(captions.length)} captions here`;
  }
  const edits: TextEdit[] = [];
  for (const [i, { row, start, end, merge }] of rows.entries()) {
    const own: Saying = { captions: captions.slice(i, i + 1), tags: row.tags.length > 0 ? tags : [] };
    if (saysSame(row, own)) continue;
    const text = merge(own);
    if (text === null) return 'the table has no place for its tags';
    edits.push({ start, end, text });
  }
  return edits;
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
      return placeObjects(text);
    case 'coco':
    case 'coco-results':
    case 'html':
    case 'captions-by-file':
    case 'flickr8k-token':
      throw new StudioError(
        'file-invalid',
        `${path}: captions go back into JSON lines, CSV and kohya’s metadata; export it anew as ${format}`,
      );
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
      const changes = {
        captions: !saysSame({ ...row, tags: [] }, { ...saying, tags: [] }),
        tags: !saysSame({ ...row, captions: [] }, { ...saying, captions: [] }),
      };
      const merged = mergeCells(fields, roles, { saying, changes });
      return merged === null ? null : writeFields(merged, separator);
    };
    return [{ row, start: start + mark, end: end + mark, merge }];
  });
}

function placeObjects(text: string): readonly PlacedRow[] {
  return listMembers(text).flatMap(({ key, start, end }) => {
    const own = text.slice(start, end);
    const value: unknown = JSON.parse(own);
    if (!isMembers(value)) return [];
    return [
      {
        row: readMembers(key, value),
        start,
        end,
        merge: (saying: Saying) => mergeObject(own, saying, { caption: 'caption', tags: 'text' }),
      },
    ];
  });
}
