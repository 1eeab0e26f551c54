/** @file What the files of a data set say of its pictures, gathered while they are read. */

import { makeItem, type Caption, type DatasetItem } from '../item.ts';
import type { DatasetRow } from './dataset-row.ts';
import type { TableFormat } from './read-table.ts';
import type { SidecarOptions } from './sidecar.ts';
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

/** What one source says of a picture. */
export interface Saying {
  readonly row: DatasetRow;
  readonly source: string;
}

/** What is known so far. */
export interface ReadingState {
  /** By the path of the picture. */
  readonly said: Map<string, Saying[]>;
  readonly sources: ReadSource[];
  readonly problems: ReadProblem[];
  readonly options: ReadOptions;
}

/** Adds what a source says of a picture. */
export function addSaying(said: Map<string, Saying[]>, path: string, saying: Saying): void {
  const known = said.get(path);
  if (known === undefined) said.set(path, [saying]);
  else known.push(saying);
}

/** Makes a picture of what is said of it, the first source first. */
export function toItem(path: string, byteLength: number | null, said: readonly Saying[]): DatasetItem {
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
