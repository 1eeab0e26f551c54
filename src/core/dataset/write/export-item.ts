/** @file A picture on its way out: its name there, and the texts that go along. */

import type { DatasetItem } from '../item.ts';

/** One picture of an export. */
export interface ExportItem {
  readonly item: DatasetItem;
  /** Its path in the export. */
  readonly path: string;
}

/** A file of an export: a text that is made when it is asked for, or a picture of the data set. */
export type PlannedFile =
  | { readonly kind: 'text'; readonly path: string; readonly write: () => Iterable<string> }
  | { readonly kind: 'picture'; readonly path: string; readonly from: string };

/** Gives the captions that are worth writing. */
export function textsOf({ item }: ExportItem): readonly string[] {
  return item.captions.map(({ text }) => text).filter((text) => text.trim() !== '');
}

/** Gives the one caption for formats that hold one; '' where there is none. */
export function textOf(row: ExportItem): string {
  return textsOf(row)[0] ?? '';
}

/** Plans a short text. */
export function plainText(path: string, text: string): PlannedFile {
  return { kind: 'text', path, write: () => [text] };
}
