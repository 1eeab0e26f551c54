/** @file Reads the tables of a data set, and finds the picture that each row tells of. */

import type { FileEntry } from '../../archive/file-entry.ts';
import { StudioError } from '../../error.ts';
import { endingOf, type DatasetItem } from '../item.ts';
import { isHiddenPath, isPicturePath, pictureEndings, sayHidden } from '../picture-name.ts';
import type { DatasetRow } from './dataset-row.ts';
import { decodeText } from './decode-text.ts';
import { createPictureLookups, type PictureLookups } from './find-picture.ts';
import { readDatasetTable } from './read-table.ts';
import { addSaying, toItem, type ReadingState, type ReadProblem, type Saying } from './sayings.ts';

/** Tells whether a file may be a table, by its name. */
export function isTablePath(path: string): boolean {
  return !isHiddenPath(path) && ['.json', '.jsonl', '.csv', '.tsv', '.txt', '.html', '.htm', '.token'].includes(endingOf(path));
}

/** Reads tables; gives items for rows whose picture is not there. `files` are all that there are, to say why a picture is none. */
export async function readTables(
  tables: readonly FileEntry[],
  files: readonly FileEntry[],
  state: ReadingState,
): Promise<readonly DatasetItem[]> {
  const pictures = files.filter(({ path }) => isPicturePath(path)).map(({ path }) => path);
  const lookups = createPictureLookups(pictures);
  const read: ReadTable[] = [];
  for (const table of tables) read.push({ table: table.path, rows: await readTable(table, pictures.length, state) });
  // Results name a picture by the number that a COCO file beside them gives it.
  const byNumber = new Map(
    read.flatMap(({ rows }) => rows.flatMap(({ file, id }) => (id === null || id === file ? [] : [[id, file] as const]))),
  );
  const present = new Set(files.map(({ path }) => path));
  const loose = new Map<string, Saying[]>();
  for (const { table, rows } of read) {
    for (const { row, file, path } of placeRows({ table, rows }, byNumber, lookups)) {
      if (path !== null) {
        addSaying(state.said, path, { row, source: table });
      } else if (row.captions.length + row.tags.length > 0) {
        addSaying(loose, file, { row, source: table });
        if (pictures.length > 0) state.problems.push(sayAbsence(file, table, present.has(file)));
      }
    }
  }
  return [...loose].map(([path, said]) => toItem(path, null, said));
}

interface ReadTable {
  readonly table: string;
  readonly rows: readonly DatasetRow[];
}

interface PlacedRow {
  readonly row: DatasetRow;
  /** The picture as the row names it, or as the number stands for it. */
  readonly file: string;
  readonly path: string | null;
}

/** Finds the picture of each row, or null. One that a row names by its place is given to no row that has its name alone. */
function placeRows(
  { table, rows }: ReadTable,
  byNumber: ReadonlyMap<string, string>,
  { byPlace, byName }: PictureLookups,
): readonly PlacedRow[] {
  const placed = rows.map((row) => {
    const file = byNumber.get(row.file) ?? row.file;
    return { row, file, path: byPlace({ file, id: row.id }, table) ?? byPlace(row, table) };
  });
  const taken = new Set(placed.map(({ path }) => path));
  return placed.map((one) => {
    if (one.path !== null) return one;
    const path = byName({ file: one.file, id: one.row.id }) ?? byName(one.row);
    return { ...one, path: taken.has(path) ? null : path };
  });
}

function sayAbsence(file: string, table: string, isThere: boolean): ReadProblem {
  if (!isThere) return { path: file, kind: 'no-picture', message: `${table} tells of it, but it is not there` };
  const reason = isHiddenPath(file)
    ? sayHidden(file)
    : `has no ending of a picture; name it with one (${pictureEndings.slice(0, 4).join(', ')} …)`;
  return { path: file, kind: 'unreadable', message: `${file}: ${table} tells of it, but it ${reason}` };
}

async function readTable(table: FileEntry, pictureCount: number, state: ReadingState): Promise<readonly DatasetRow[]> {
  try {
    const { format, rows } = readDatasetTable(table.path, decodeText(await table.read()));
    state.sources.push({ name: table.path, format, pictures: new Set(rows.map(({ file }) => file)).size });
    return rows;
  } catch (cause) {
    if (!(cause instanceof StudioError)) throw cause;
    // Beside pictures a text that is no table is a note of somebody; alone it is what was meant.
    const isNote = pictureCount > 0 && ['.txt', '.json', '.html', '.htm'].includes(endingOf(table.path));
    state.problems.push({ path: table.path, kind: isNote ? 'left-over' : 'unreadable', message: cause.message });
    return [];
  }
}
