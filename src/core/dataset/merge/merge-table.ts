/** @file Puts captions and tags back into the table that they came in with. Rows and members that are not known stay as they are written. */

import { readDatasetTable } from '../read/read-table.ts';
import { editText, type TextEdit } from './json-members.ts';
import { mergeCoco } from './merge-coco.ts';
import { saysSame, type Saying } from './merge-object.ts';
import type { MergedTable, TableText } from './merged-table.ts';
import { placeByPicture, type PlacedRow } from './placed-rows.ts';

/**
 * Puts what pictures say into a table's text; `sayingOf` gives null for pictures that are to stay as they are.
 *
 * @throws {StudioError} 'file-invalid' when the table cannot be read, or is of a format that is only written as a whole
 */
export function mergeTable(table: TableText, pictures: readonly string[], sayingOf: (path: string) => Saying | null): MergedTable {
  if (readDatasetTable(table.path, table.text).format === 'coco') return mergeCoco(table, pictures, sayingOf);
  const edits: TextEdit[] = [];
  const changed: string[] = [];
  const left: { path: string; reason: string }[] = [];
  for (const [path, rows] of placeByPicture(table, pictures)) {
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
function mergeSeveral(rows: readonly PlacedRow[], saying: Saying): readonly TextEdit[] | string {
  const { captions, tags } = saying;
  if (rows.some(({ row }) => row.captions.length !== 1) || captions.length !== rows.length) {
    return `has ${String(rows.length)} rows in the table and ${String(captions.length)} captions here`;
  }
  const edits: TextEdit[] = [];
  for (const [i, { row, start, end, merge }] of rows.entries()) {
    const own: Saying = { ...saying, captions: captions.slice(i, i + 1), tags: row.tags.length > 0 ? tags : [] };
    if (saysSame(row, own)) continue;
    const text = merge(own);
    if (text === null) return 'the table has no place for its tags';
    edits.push({ start, end, text });
  }
  return edits;
}
