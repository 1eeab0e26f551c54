/** @file Picture folders as hubs have them: a metadata file in each split's folder, all with the same columns, and a card. @source Hugging Face datasets 5.2, folder_based_builder.py */

import { splitOfPath } from '../read/split-name.ts';
import { writeDatasetCard } from './dataset-card.ts';
import { plainText, textsOf, type ExportItem, type PlannedFile } from './export-item.ts';
import { freeOf, folderKeys } from './json-lines.ts';
import { writeCsv } from './tables.ts';

/** The type of a column, which has to be the same in all metadata files. */
export type ColumnType = 'string' | 'boolean' | 'integer' | 'float';

/** How picture folders are written. */
export interface FolderWriting {
  readonly kind: 'jsonl' | 'csv';
  readonly name: string;
  readonly isGuarded: boolean;
}

/** Gives the pictures of each split's folder, under its name with a slash; those in none under ''. */
export function bySplitFolder(rows: readonly ExportItem[]): ReadonlyMap<string, readonly ExportItem[]> {
  const folders = new Map<string, ExportItem[]>();
  for (const row of rows) {
    const top = row.path.slice(0, row.path.indexOf('/') + 1);
    const folder = top !== '' && splitOfPath(top) !== null ? top : '';
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [row]);
    else known.push(row);
  }
  return folders;
}

/** Plans a metadata file for each split's folder, or one for all; and the card. */
export function planImageFolders(rows: readonly ExportItem[], { kind, name, isGuarded }: FolderWriting): readonly PlannedFile[] {
  const folders = bySplitFolder(rows);
  const columns = columnsOf([...folders.values()]);
  const metadata = [...folders].map(([folder, some]): PlannedFile => {
    const nameOf = ({ path }: ExportItem): string => path.slice(folder.length);
    const write =
      kind === 'jsonl'
        ? () => writeMetadataLines(some, nameOf, columns)
        : () => writeCsv(some, { nameOf, fileTitle: 'file_name', captionTitle: 'text', isGuarded, withSplit: false, columns });
    return { kind: 'text', path: `${folder}metadata.${kind}`, write };
  });
  return [...metadata, plainText('README.md', writeDatasetCard(rows, name))];
}

/** The columns that all metadata files of a data set have. */
export interface FolderColumns {
  /** How many captions a picture has at most. */
  readonly captions: number;
  readonly hasTags: boolean;
  /** Further members that have one type wherever they are. */
  readonly others: ReadonlyMap<string, ColumnType>;
}

/** Finds the columns of pictures that lie in several folders. */
export function columnsOf(parts: readonly (readonly ExportItem[])[]): FolderColumns {
  const rows = parts.flat();
  const typed = parts.map(typesIn);
  const others = new Map<string, ColumnType>();
  for (const key of new Set(typed.flatMap((types) => [...types.keys()]))) {
    const types = new Set(typed.map((one) => one.get(key)));
    // A column that is empty in one of the folders has no type there, which is another.
    const isNumber = [...types].every((type) => type === 'integer' || type === 'float');
    const [only] = types;
    const type = isNumber ? (types.has('float') ? 'float' : 'integer') : types.size === 1 && only !== 'mixed' ? only : undefined;
    if (type !== undefined) others.set(key, type);
  }
  return {
    captions: rows.reduce((most, row) => Math.max(most, textsOf(row).length), 1),
    hasTags: rows.some(({ item }) => item.tags.length > 0),
    others,
  };
}

function typesIn(rows: readonly ExportItem[]): ReadonlyMap<string, ColumnType | 'mixed'> {
  const types = new Map<string, ColumnType | 'mixed'>();
  for (const { item } of rows) {
    for (const [key, value] of Object.entries(freeOf(item.metadata, folderKeys))) {
      if (value === null) continue;
      const type = typeOf(value);
      const known = types.get(key) ?? type;
      const isNumber = [known, type].every((one) => one === 'integer' || one === 'float');
      types.set(key, known === type ? type : isNumber ? 'float' : 'mixed');
    }
  }
  return types;
}

function typeOf(value: unknown): ColumnType | 'mixed' {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return 'mixed';
}

/** Writes metadata.jsonl: `file_name` and `text`. All rows have the same members, and a member has one type: `datasets` makes columns of them. */
function* writeMetadataLines(
  rows: readonly ExportItem[],
  nameOf: (row: ExportItem) => string,
  { captions, hasTags, others }: FolderColumns,
): Generator<string> {
  const hasTagsHere = rows.some(({ item }) => item.tags.length > 0);
  const hasTextsHere = rows.some((row) => textsOf(row).length > 0);
  for (const [i, row] of rows.entries()) {
    const texts = textsOf(row);
    // A list that is empty in all rows would be one of nothing; an empty text in the first says what it is of.
    const typed = (list: readonly string[], isSomewhere: boolean): readonly string[] => (i === 0 && !isSomewhere ? [''] : list);
    const members = [
      ['file_name', JSON.stringify(nameOf(row))],
      ['text', JSON.stringify(texts[0] ?? '')],
      ...(captions > 1 ? [['captions', JSON.stringify(typed(texts, hasTextsHere))]] : []),
      ...(hasTags ? [['tags', JSON.stringify(typed(row.item.tags, hasTagsHere))]] : []),
      ...[...others].map(([key, type]) => [key, writeValue(row.item.metadata[key] ?? null, type)]),
    ];
    yield `{${members.map(([key = '', value = 'null']) => `${JSON.stringify(key)}:${value}`).join(',')}}\n`;
  }
}

function writeValue(value: unknown, type: ColumnType): string {
  const text = JSON.stringify(value);
  return type === 'float' && /^-?\d+$/u.test(text) ? `${text}.0` : text;
}
