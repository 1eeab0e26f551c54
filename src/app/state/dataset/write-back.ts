/** @file Captions on their way back into the tables of a picked folder that they came in with. */

import { mergeTable } from '../../../core/dataset/merge/merge-table.ts';
import type { MergedTable, TableText } from '../../../core/dataset/merge/merged-table.ts';
import { distinct, type DatasetRow } from '../../../core/dataset/read/dataset-row.ts';
import { createPictureFinder } from '../../../core/dataset/read/find-picture.ts';
import { readDatasetTable } from '../../../core/dataset/read/read-table.ts';
import type { Caption, ItemContent } from '../../../core/dataset/item.ts';
import type { CardChange } from './editing.svelte.ts';
import type { Saying } from '../../../core/dataset/merge/merge-object.ts';
import type { DatasetReading } from '../../../core/dataset/read/read-dataset.ts';
import { plainText } from '../../../core/dataset/write/export-item.ts';
import { StudioError } from '../../../core/error.ts';
import { openFile } from '../../../storage/folder-files.ts';
import { newestAtPlaces } from './beside-pictures.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { FolderRecord } from './folder-record.ts';
import type { FolderFile, LeftFile } from './write-files.ts';

/** Lists the tables of what was read that can be written back into. */
export function mergeableTables({ sources }: Pick<DatasetReading, 'sources'>): ReadonlySet<string> {
  const kinds: readonly string[] = [
    'jsonl',
    'csv',
    'kohya',
    'coco',
    'captions-by-file',
  ] satisfies readonly (typeof sources)[number]['format'][];
  return new Set(sources.flatMap(({ name, format }) => (kinds.includes(format) ? [name] : [])));
}

/** What goes back. */
export interface WriteBack {
  readonly files: readonly FolderFile[];
  /** Tables that cannot be written back into, and pictures for whose captions there is no place. */
  readonly left: readonly LeftFile[];
}

/** Reads the tables of a folder and puts into them what its pictures say now. @throws {StudioError} 'permission' */
export async function planWriteBack(folder: FolderRecord, cards: readonly Card[], wanted: ReadonlySet<Card>): Promise<WriteBack> {
  const speakers = newestAtPlaces(cards);
  const files: FolderFile[] = [];
  const left: LeftFile[] = [];
  for (const table of folder.tables ?? []) {
    // Paths begin with the name of the picked folder.
    const path = table.slice(table.indexOf('/') + 1);
    const there = await openFile(folder.handle, path);
    if (there === null) {
      left.push({ path, reason: 'is not there any more' });
      continue;
    }
    const merged = merge(table, new Uint8Array(await there.arrayBuffer()), [...speakers.keys()], (picture) => {
      const card = speakers.get(picture);
      return card !== undefined && wanted.has(card) ? sayingIn(card, table) : null;
    });
    if (typeof merged === 'string') {
      left.push({ path, reason: merged });
      continue;
    }
    left.push(...merged.left.map(({ path: picture, reason }) => ({ path: `${path}: ${picture}`, reason })));
    if (merged.changed.length > 0) {
      files.push({
        folder: folder.handle,
        path,
        key: `${folder.id}/${table}`,
        file: plainText(path, merged.text),
        take: (text, contentOf) => takeTable({ path: table, text }, speakers, contentOf),
      });
    }
  }
  return { files, left };
}

/**
 * Takes from a table that something else has changed what is new in it. A caption that the picture had before is the table's old one, and what was written
 * here since stays.
 */
function takeTable(table: TableText, speakers: ReadonlyMap<string, Card>, contentOf: (card: Card) => ItemContent): readonly CardChange[] {
  const find = createPictureFinder([...speakers.keys()]);
  const rows = new Map<string | null, DatasetRow[]>();
  for (const row of readDatasetTable(table.path, table.text).rows) {
    const picture = find(row, table.path);
    rows.set(picture, [...(rows.get(picture) ?? []), row]);
  }
  return [...rows].flatMap(([picture, told]) => {
    const card = picture === null ? undefined : speakers.get(picture);
    if (card === undefined) return [];
    const content = contentOf(card);
    const texts = distinct(told.flatMap(({ captions }) => captions));
    const tags = distinct(told.flatMap((row) => row.tags));
    const known = new Set([...content.captions, ...card.versions].map(({ text }) => text));
    const isNew = texts.some((text) => !known.has(text));
    const others = content.captions.filter(
      ({ text, author }) => author.kind === 'file' && author.file !== table.path && !texts.includes(text),
    );
    const captions = [...texts.map((text): Caption => ({ text, author: { kind: 'file', file: table.path } })), ...others];
    return isNew ? [{ card, after: { captions, tags: tags.length > 0 ? tags : content.tags } }] : [];
  });
}

/** A caption that another file has is not the table's. */
function sayingIn({ content }: Card, table: string): Saying {
  const own = content.captions.filter(({ author }) => author.kind !== 'file' || author.file === table);
  return { captions: own.map(({ text }) => text), tags: content.tags };
}

function merge(
  path: string,
  bytes: Uint8Array,
  pictures: readonly string[],
  sayingOf: (picture: string) => Saying | null,
): MergedTable | string {
  try {
    return mergeTable({ path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }, pictures, sayingOf);
  } catch (error) {
    if (error instanceof StudioError) return error.message;
    return 'is not in UTF-8; save it so, or export it anew';
  }
}
