/** @file Reads a data set from any files: pictures, texts beside them, and tables that tell of them. */

import type { FileEntry } from '../../archive/file-entry.ts';
import { StudioError } from '../../error.ts';
import { endingOf, makeItem, stemOf, type Caption, type DatasetItem } from '../item.ts';
import { isPicturePath } from '../picture-name.ts';
import { decodeText } from './decode-text.ts';
import type { DatasetRow } from './dataset-row.ts';
import { createPictureFinder } from './find-picture.ts';
import { readDatasetTable, type TableFormat } from './read-table.ts';
import { readSidecars, sidecarEndings, sidecarPlaces, type SidecarOptions, type SidecarTexts } from './sidecar.ts';
import { splitNamed, splitOfPath } from './split-name.ts';

/** How a data set is read. */
export interface ReadOptions extends SidecarOptions {
  /** What to call the place in messages. */
  readonly name?: string;
  /** Whether captions of tables come before those of texts beside the pictures. */
  readonly tablesFirst?: boolean;
  /** Called as texts are read. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Hears of pictures as the texts beside them are read; tables may tell more of them in the end. */
  readonly onItems?: (items: readonly DatasetItem[]) => void;
  readonly isCancelled?: () => boolean;
}

/** Something that was passed over, and why. */
export interface ReadProblem {
  readonly path: string;
  /** A file that could not be read, a row whose picture is not there, a text without picture. */
  readonly kind: 'unreadable' | 'no-picture' | 'left-over';
  readonly message: string;
}

/** A file or a kind of files that told something. */
export interface ReadSource {
  /** Path of a table, or ending of the sidecars. */
  readonly name: string;
  readonly format: TableFormat | 'sidecar';
  /** Of how many pictures it told. */
  readonly pictures: number;
}

/** A data set as it was read. */
export interface DatasetReading {
  /** In the order of the files; what tables name without a picture comes last. */
  readonly items: readonly DatasetItem[];
  readonly sources: readonly ReadSource[];
  readonly problems: readonly ReadProblem[];
}

/** Texts are asked for so many at a time: disks and browsers answer side by side. */
const readsAtOnce = 32;

/**
 * Reads a data set. What cannot be read is a problem in the result; only where nothing else is there does it end the reading.
 *
 * @throws {StudioError} 'file-invalid' when there is neither picture nor readable table; 'cancelled'
 */
export async function readDataset(files: readonly FileEntry[], options: ReadOptions = {}): Promise<DatasetReading> {
  const pictures = files.filter(({ path }) => isPicturePath(path));
  const state: ReadingState = { said: new Map(), sources: [], problems: [], options };
  const used = await readAllSidecars(pictures, files, state);
  const tables = files.filter((file) => !used.has(file.path) && isTablePath(file.path));
  const loose = await readTables(tables, pictures, state);
  if (pictures.length === 0 && loose.length === 0) throw nothingThere(files, state);
  const items = pictures.map(({ path, byteLength }) => {
    const said = state.said.get(path) ?? [];
    return toItem(
      path,
      byteLength,
      options.tablesFirst === true ? said.toSorted((a, b) => Number(used.has(a.source)) - Number(used.has(b.source))) : said,
    );
  });
  return { items: [...items, ...loose], sources: state.sources, problems: state.problems };
}

/** What one source says of a picture. */
interface Saying {
  readonly row: DatasetRow;
  readonly source: string;
}

interface ReadingState {
  readonly said: Map<string, Saying[]>;
  readonly sources: ReadSource[];
  readonly problems: ReadProblem[];
  readonly options: ReadOptions;
}

function addSaying(said: Map<string, Saying[]>, path: string, saying: Saying): void {
  const known = said.get(path);
  if (known === undefined) said.set(path, [saying]);
  else known.push(saying);
}

/** Reads the texts beside pictures; gives the paths of those that were read. */
async function readAllSidecars(
  pictures: readonly FileEntry[],
  files: readonly FileEntry[],
  state: ReadingState,
): Promise<ReadonlySet<string>> {
  const { options, said, sources } = state;
  const texts = new Map(
    files.filter(({ path }) => sidecarEndings.some((ending) => ending === endingOf(path))).map((file) => [file.path, file]),
  );
  const ownStems = new Set(pictures.map(({ path }) => stemOf(path)));
  const used = new Set<string>();
  const counts = new Map<string, number>();
  for (let at = 0; at < pictures.length; at += readsAtOnce) {
    if (options.isCancelled?.() === true)
      throw new StudioError('cancelled', `reading was stopped after ${String(at)} of ${String(pictures.length)} pictures`);
    const some = pictures.slice(at, at + readsAtOnce);
    const read = await Promise.all(some.map((picture) => readTextsOf(picture.path, texts, ownStems)));
    for (const [i, { found, places }] of read.entries()) {
      const path = some[i]?.path ?? '';
      for (const place of places) {
        used.add(place);
        counts.set(endingOf(place), (counts.get(endingOf(place)) ?? 0) + 1);
      }
      const source = places[0];
      if (source !== undefined) addSaying(said, path, { row: readSidecars(path, found, options), source });
    }
    options.onItems?.(some.flatMap(({ path, byteLength }) => (said.has(path) ? [toItem(path, byteLength, said.get(path) ?? [])] : [])));
    options.onProgress?.(Math.min(pictures.length, at + readsAtOnce), pictures.length);
  }
  for (const [ending, count] of counts) sources.push({ name: ending, format: 'sidecar', pictures: count });
  return used;
}

interface TextsOfPicture {
  readonly found: SidecarTexts;
  readonly places: readonly string[];
}

async function readTextsOf(picture: string, texts: ReadonlyMap<string, FileEntry>, ownStems: ReadonlySet<string>): Promise<TextsOfPicture> {
  const places = sidecarEndings.flatMap((ending) => {
    const [whole = '', stem = '', key] = sidecarPlaces(picture, ending);
    // What ends at the first dot may belong to another picture of that name.
    const candidates = [whole, stem, ...(key !== undefined && !ownStems.has(stemOf(key)) ? [key] : [])];
    const place = candidates.find((candidate) => texts.has(candidate));
    return place === undefined ? [] : [{ ending, place }];
  });
  const read = await Promise.all(
    places.map(async ({ ending, place }) => [ending, decodeText((await texts.get(place)?.read()) ?? new Uint8Array())] as const),
  );
  return { found: Object.fromEntries(read), places: places.map(({ place }) => place) };
}

/** Reads tables; gives items for rows whose picture is not there. */
async function readTables(
  tables: readonly FileEntry[],
  pictures: readonly FileEntry[],
  state: ReadingState,
): Promise<readonly DatasetItem[]> {
  const find = createPictureFinder(pictures.map(({ path }) => path));
  const read = [];
  for (const table of tables) read.push({ table: table.path, rows: await readTable(table, pictures.length, state) });
  // Results name a picture by the number that a COCO file beside them gives it.
  const byNumber = new Map(
    read.flatMap(({ rows }) => rows.flatMap(({ file, id }) => (id === null || id === file ? [] : [[id, file] as const]))),
  );
  const loose = new Map<string, Saying[]>();
  for (const { table, rows } of read) {
    for (const row of rows) {
      const file = byNumber.get(row.file) ?? row.file;
      const path = find({ file, id: row.id }, table) ?? find(row, table);
      if (path !== null) {
        addSaying(state.said, path, { row, source: table });
      } else if (row.captions.length + row.tags.length > 0) {
        addSaying(loose, file, { row, source: table });
        if (pictures.length > 0)
          state.problems.push({ path: file, kind: 'no-picture', message: `${table} tells of it, but it is not there` });
      }
    }
  }
  return [...loose].map(([path, said]) => toItem(path, null, said));
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

function isTablePath(path: string): boolean {
  const isHidden = path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
  return !isHidden && ['.json', '.jsonl', '.csv', '.tsv', '.txt', '.html', '.htm', '.token'].includes(endingOf(path));
}

function toItem(path: string, byteLength: number | null, said: readonly Saying[]): DatasetItem {
  const captions = new Map<string, Caption>();
  for (const { row, source } of said) {
    for (const text of row.captions) {
      if (text !== '' && !captions.has(text)) captions.set(text, { text, author: { kind: 'file', file: source } });
    }
  }
  const rows = said.map(({ row }) => row);
  const named = rows.find(({ split }) => split !== null)?.split ?? null;
  return makeItem(path, {
    byteLength,
    captions: [...captions.values()],
    tags: [...new Set(rows.flatMap(({ tags }) => tags))],
    split: named === null ? splitOfPath(path) : (splitNamed(named) ?? named),
    id: rows.find(({ id }) => id !== null)?.id ?? null,
    metadata: Object.assign({}, ...rows.map(({ metadata }) => metadata)) as DatasetItem['metadata'],
  });
}

function nothingThere(files: readonly FileEntry[], { problems, options }: ReadingState): StudioError {
  const place = options.name === undefined ? '' : `${options.name}: `;
  const [first] = problems;
  if (first !== undefined) return new StudioError('file-invalid', place + first.message, { details: { problems } });
  const archives = files.filter(({ path }) => ['.tar', '.zip'].includes(endingOf(path))).length;
  if (archives > 0)
    return new StudioError('file-invalid', `${place}there are ${String(archives)} archives in it; unpack it, and add those together`);
  const count = files.length === 0 ? 'it is empty' : `${String(files.length)} files, none of them a picture or a table of captions`;
  return new StudioError('file-invalid', `${place}there is no data set here: ${count}`);
}
