/** @file JSON lines: this program's own rows. */

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

/** Names that mean something in the metadata of picture folders; `datasets` takes every column that ends so for a file. */
export const folderKeys = [...ownKeys, 'file_names'];

/** Leaves out members whose names mean something in the format. */
export function freeOf(metadata: Members, keys: readonly string[] = ownKeys): Members {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !keys.includes(key) && !key.endsWith('_file_name')));
}
