/** @file JSON lines: this program's own rows, and the metadata of picture folders. */

import type { Members } from '../caption-record.ts';
import { textsOf, type ExportItem } from './export-item.ts';

/** Writes `{"file","caption"}` a picture, with captions, tags, split and further members where there are any. */
export function* writeJsonLines(rows: readonly ExportItem[]): Generator<string> {
  for (const row of rows) {
    const [caption, ...more] = textsOf(row);
    const { tags, split, id, metadata } = row.item;
    yield `${JSON.stringify({
      ...freeOf(metadata, ownKeys),
      file: row.path,
      ...(caption === undefined ? {} : { caption }),
      ...(more.length > 0 ? { captions: [caption, ...more] } : {}),
      ...(tags.length > 0 ? { tags } : {}),
      ...(split === null ? {} : { split }),
      ...(id === null ? {} : { image_id: id }),
    })}\n`;
  }
}

/**
 * Writes metadata.jsonl: `file_name` and `text`. All rows have the same members, and a member has one type: `datasets` makes columns of them.
 *
 * @source Hugging Face datasets 4, folder_based_builder
 */
export function* writeMetadataLines(rows: readonly ExportItem[], nameOf: (row: ExportItem) => string): Generator<string> {
  const hasSeveral = rows.some((row) => textsOf(row).length > 1);
  const hasTags = rows.some(({ item }) => item.tags.length > 0);
  const columns = evenColumns(rows);
  for (const row of rows) {
    const texts = textsOf(row);
    yield `${JSON.stringify({
      file_name: nameOf(row),
      text: texts[0] ?? '',
      ...(hasSeveral ? { captions: texts } : {}),
      ...(hasTags ? { tags: row.item.tags } : {}),
      ...Object.fromEntries(columns.map((key) => [key, row.item.metadata[key] ?? null])),
    })}\n`;
  }
}

/** Lists members that are of one plain type wherever they are. */
export function evenColumns(rows: readonly ExportItem[]): readonly string[] {
  const types = new Map<string, string>();
  for (const { item } of rows) {
    for (const [key, value] of Object.entries(freeOf(item.metadata, folderKeys))) {
      if (value === null) continue;
      const known = types.get(key);
      types.set(key, known === undefined || known === typeof value ? typeof value : 'mixed');
    }
  }
  return [...types].filter(([, type]) => ['string', 'number', 'boolean'].includes(type)).map(([key]) => key);
}

const ownKeys = [
  'file',
  'file_name',
  'filename',
  'image',
  'path',
  'image_name',
  'caption',
  'captions',
  'text',
  'texts',
  'references',
  'comment',
  'tags',
  'split',
  'image_id',
];

/** `datasets` takes every column that ends so for a file. */
const folderKeys = [...ownKeys, 'file_names'];

/** Leaves out members whose names mean something in the format. */
export function freeOf(metadata: Members, keys: readonly string[] = ownKeys): Members {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !keys.includes(key) && !key.endsWith('_file_name')));
}
