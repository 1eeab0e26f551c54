/**
 * @file Puts an export into the table that is in its place already: rows of pictures that are there get what the export says of them, other
 * pictures get rows of their own, and what the export does not know stays as it is written.
 */

import { StudioError } from '../../error.ts';
import { createPictureFinder } from '../read/find-picture.ts';
import { readDatasetTable } from '../read/read-table.ts';
import { growCoco } from './grow-coco.ts';
import { growCsv } from './grow-csv.ts';
import { growLines, growObject } from './grow-json.ts';
import type { Saying } from './merge-object.ts';
import { mergeTable } from './merge-table.ts';
import type { MergedTable, TableText } from './merged-table.ts';

/** What came of an export into a table. */
export interface MergedExport extends MergedTable {
  /** Rows of pictures that had none. */
  readonly added: number;
}

/**
 * Merges the text of an export into a table.
 *
 * @param fresh the whole table as the export would write it into an empty place
 * @throws {StudioError} 'file-invalid' when what is there cannot be read, or is of another kind
 */
export function mergeExport(table: TableText, fresh: string, pictures: readonly string[]): MergedExport {
  const there = readDatasetTable(table.path, table.text);
  const own = readDatasetTable(table.path, fresh);
  if (there.format !== own.format && there.rows.length > 0) {
    throw new StudioError('file-invalid', `${table.path}: is there as ${there.format}, and would become ${own.format}; say another place`);
  }
  const find = createPictureFinder(pictures);
  const sayings = new Map<string, Saying>();
  for (const row of own.rows) {
    const path = find(row, table.path);
    const { captions, tags, split } = row;
    if (path !== null) sayings.set(path, { captions, tags, ...(split === null ? {} : { split }) });
  }
  const grown = grow(table, fresh, { format: own.format, pictures });
  const merged = mergeTable({ ...table, text: grown }, pictures, (path) => sayings.get(path) ?? null);
  return { ...merged, added: readDatasetTable(table.path, grown).rows.length - there.rows.length };
}

function grow(
  table: TableText,
  fresh: string,
  { format, pictures }: { readonly format: ReturnType<typeof readDatasetTable>['format']; readonly pictures: readonly string[] },
): string {
  switch (format) {
    case 'jsonl':
      return growLines(table, fresh, pictures);
    case 'csv':
      return growCsv(table, fresh, pictures);
    case 'kohya':
      return growObject(table, fresh, pictures);
    case 'coco':
      return growCoco(table, fresh, pictures);
    case 'coco-results':
    case 'html':
    case 'flickr8k-token':
    case 'captions-by-file':
      throw new StudioError('file-invalid', `${table.path}: is there already, and is only written as a whole; say another place`);
    default:
      return format satisfies never;
  }
}
