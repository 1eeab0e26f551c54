/** @file Plans an export: which files, under which names, and what the format cannot hold. Nothing is written and no picture is read yet. */

import type { OutputFile } from '../../archive/file-entry.ts';
import { splitOfPath } from '../read/split-name.ts';
import type { DatasetItem } from '../item.ts';
import { createNameGiver, type NameGiver, type RenamedFile } from '../naming/safe-name.ts';
import { writeAltTextPage } from './alt-text-page.ts';
import type { ExportItem, PlannedFile } from './export-item.ts';
import { findLosses, type ExportLoss } from './export-losses.ts';
import type { ExportFormat } from './export-format.ts';
import { planImageFolders } from './image-folders.ts';
import { writeCoco, writeCocoResults, writeKohya } from './json-files.ts';
import { writeJsonLines } from './json-lines.ts';
import { planSidecars, type SidecarText } from './sidecars.ts';
import { writeCsv } from './tables.ts';
import { planShards, type Shard } from './webdataset.ts';
import { withWholeLetters } from './whole-letters.ts';

/** How a data set goes out. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Whether the pictures go along; without them texts name the pictures where they lie. */
  readonly withPictures: boolean;
  /** What the data set is called. */
  readonly name: string;
  /** What `.txt` sidecars say. */
  readonly sidecarText?: SidecarText;
  /** Whether cells of CSV that a spreadsheet would compute are guarded; true if left out. */
  readonly guardsFormulas?: boolean;
  /** Texts that lie beside the pictures already, where the export goes there. */
  readonly beside?: ReadonlySet<string>;
}

/** What an export will be. */
export interface ExportPlan {
  /** All files; of a sharded format none. */
  readonly files: readonly PlannedFile[];
  /** Archives that stand side by side, for formats that are archives themselves. */
  readonly shards: readonly Shard[];
  /** Pictures that get another name. */
  readonly renamed: readonly RenamedFile[];
  readonly losses: readonly ExportLoss[];
}

/** Plans an export. Pictures that are not there are named in tables, and left out where they would have to go along. */
export function planExport(items: readonly DatasetItem[], options: ExportOptions): ExportPlan {
  const present = options.withPictures ? items.filter(({ byteLength }) => byteLength !== null) : items;
  const named = nameItems(present, options);
  const { renamed } = named;
  const losses = findLosses(named.rows, options, items.length - present.length);
  const rows = options.format === 'jsonl' ? named.rows : named.rows.map((row) => ({ ...row, item: withWholeLetters(row.item) }));
  if (options.format === 'webdataset') return { files: [], shards: planShards(rows), renamed, losses };
  const pictures: readonly PlannedFile[] = options.withPictures
    ? rows.map(({ item, path }) => ({ kind: 'picture', path, from: item.path }))
    : [];
  return { files: [...planTexts(rows, options), ...pictures], shards: [], renamed, losses };
}

/** Makes the files of a plan ready to be written, one by one. */
export async function* outputFiles(
  files: readonly PlannedFile[],
  readPicture: (path: string) => Promise<Uint8Array>,
): AsyncGenerator<OutputFile> {
  for (const file of files) {
    await Promise.resolve(); // between files a host may see to other things
    if (file.kind === 'text') yield file;
    else yield { path: file.path, kind: 'bytes', read: () => readPicture(file.from) };
  }
}

/** The beginning of one text of an export. */
export interface ExportPreview {
  readonly path: string;
  readonly text: string;
}

/** Gives the texts of an export of the first pictures alone, as they will be written. */
export function previewExport(items: readonly DatasetItem[], options: ExportOptions, pictures = 5): readonly ExportPreview[] {
  const plan = planExport(items.slice(0, pictures), options);
  const files = [...plan.files, ...plan.shards.flatMap((shard) => shard.files)];
  return files.flatMap((file) => (file.kind === 'text' ? [{ path: file.path, text: [...file.write()].join('') }] : []));
}

function nameItems(
  items: readonly DatasetItem[],
  { format, withPictures }: ExportOptions,
): { readonly rows: readonly ExportItem[]; readonly renamed: readonly RenamedFile[] } {
  const isSharded = format === 'webdataset';
  const names = createNameGiver({ byStem: goesByStem(format), withoutPoints: isSharded });
  if (!withPictures && !isSharded) return { rows: items.map((item) => ({ item, path: ownPath(item, format, names) })), renamed: [] };
  const hasSplits = isFolderFormat(format) && items.some(({ split }) => split !== null);
  const given = items.map((item) => ({ item, name: names.give(hasSplits ? inSplit(item) : item.path) }));
  return {
    rows: given.map(({ item, name }) => ({ item, path: name.to })),
    renamed: given.flatMap(({ item, name }) => (name.to === item.path ? [] : [renameOf(item, name)])),
  };
}

/** Formats in which a picture goes by its name without the ending. */
function goesByStem(format: ExportFormat): boolean {
  return format === 'txt' || format === 'caption' || format === 'kohya' || format === 'webdataset';
}

/** A picture keeps its name where it does not go along. A name out of a table may be anything, though, and no file is put where it leads. */
function ownPath({ path, byteLength }: DatasetItem, format: ExportFormat, names: NameGiver): string {
  const isPlace = format === 'txt' || format === 'caption' || isFolderFormat(format);
  return byteLength === null && isPlace ? names.give(path).to : path;
}

function renameOf(item: DatasetItem, { from, to, reasons }: RenamedFile): RenamedFile {
  return { from: item.path, to, reasons: [...(from === item.path ? [] : ['goes into the folder of its split']), ...reasons] };
}

/** The folder of a split has to be the outermost one. */
function inSplit({ path, split }: DatasetItem): string {
  const folder = path.slice(0, path.indexOf('/') + 1);
  const isThere = folder !== '' && splitOfPath(folder) === split;
  return isThere || (split === null && splitOfPath(folder) !== null) ? path : `${split ?? 'train'}/${path}`;
}

function isFolderFormat(format: ExportFormat): boolean {
  return format === 'imagefolder-jsonl' || format === 'imagefolder-csv';
}

function planTexts(rows: readonly ExportItem[], options: ExportOptions): readonly PlannedFile[] {
  const { format, name, sidecarText = 'caption', guardsFormulas = true, beside } = options;
  const there = beside === undefined ? {} : { beside };
  const text = (path: string, write: () => Iterable<string>): readonly PlannedFile[] => [{ kind: 'text', path, write }];
  switch (format) {
    case 'txt':
      return planSidecars(rows, { ending: '.txt', says: sidecarText, tagEnding: null, ...there });
    case 'caption':
      return planSidecars(rows, { ending: '.caption', says: 'caption', tagEnding: '.txt', ...there });
    case 'kohya':
      return text('meta_cap.json', () => writeKohya(rows));
    case 'imagefolder-jsonl':
    case 'imagefolder-csv':
      return planImageFolders(rows, { kind: format === 'imagefolder-csv' ? 'csv' : 'jsonl', name, isGuarded: guardsFormulas });
    case 'coco':
      return text('captions.json', () => writeCoco(rows));
    case 'coco-results':
      return text('results.json', () => writeCocoResults(rows));
    case 'csv':
      return text('captions.csv', () =>
        writeCsv(rows, {
          nameOf: ({ path }) => path,
          fileTitle: 'file',
          captionTitle: 'caption',
          isGuarded: guardsFormulas,
          withSplit: true,
        }),
      );
    case 'jsonl':
      return text('captions.jsonl', () => writeJsonLines(rows));
    case 'html':
      return text('index.html', () => writeAltTextPage(rows, name));
    case 'webdataset':
      return [];
    default:
      return format satisfies never;
  }
}
