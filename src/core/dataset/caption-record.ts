/** @file Captions of pictures as plain data, and what all readers of caption files share. */

import { StudioError } from '../error.ts';

/** A picture's captions: references of a data set, or the one caption of a system. */
export interface CaptionRecord {
  /** Name of the picture's file; where the source has numbers only, the number. */
  readonly file: string;
  readonly captions: readonly string[];
  /** The source's own number of the picture, where it has one. */
  readonly id?: string;
}

/** The formats that are read. */
export type CaptionFormat =
  | 'coco-captions' // {"images": […], "annotations": [{"image_id", "caption"}]}
  | 'coco-results' // [{"image_id", "caption"}]
  | 'captions-by-file' // {"a.jpg": ["…", "…"]}
  | 'caption-rows' // JSON lines: {"file" or "file_name", "caption" or "text" or "captions"}
  | 'csv' // a line for each caption or several columns of captions
  | 'flickr8k-token'; // a.jpg#0, a tab, the caption

/** What stands in a caption file. */
export interface CaptionFile {
  readonly format: CaptionFormat;
  /** One record for each picture, in the order of first mention. */
  readonly records: readonly CaptionRecord[];
  /** Rows that tell of an error instead of a caption, left out. */
  readonly failedRows: number;
}

/** Where a reader is, for messages. */
export interface Place {
  /** Name of the file. */
  readonly name: string;
  /** Line, from 1; absent where the file is read as a whole. */
  readonly line?: number;
}

/** Makes the error of a file that is not as it should be; it names the line. */
export function invalidFile(place: Place, reason: string, cause?: unknown): StudioError {
  const where = place.line === undefined ? place.name : `${place.name}, line ${String(place.line)}`;
  return new StudioError('file-invalid', `${where}: ${reason}`, { cause, details: { file: place.name, line: place.line ?? null } });
}

/** Collects captions by picture. */
export interface RecordCollector {
  add(file: string, captions: readonly string[], id?: string): void;
  records(): readonly CaptionRecord[];
}

/** Makes an empty collector; captions of one picture that come apart are joined. */
export function createRecordCollector(): RecordCollector {
  const byFile = new Map<string, { file: string; captions: string[]; id?: string }>();
  return {
    add: (file, captions, id) => {
      const known = byFile.get(file);
      if (known === undefined) byFile.set(file, { file, captions: [...captions], ...(id === undefined ? {} : { id }) });
      else for (const caption of captions) known.captions.push(caption); // spread, very many would overflow the stack
    },
    records: () => [...byFile.values()],
  };
}

/** An object whose members have not been looked at. */
export type Members = Readonly<Record<string, unknown>>;

/** Tells whether a value is an object with named members. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Gives text, or a whole number as text; anything else is undefined. */
export function readName(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined;
}
