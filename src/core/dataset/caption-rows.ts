/** @file JSON lines of captions: this program's own, and the metadata.jsonl of picture folders. */

import {
  createRecordCollector,
  invalidFile,
  isMembers,
  readName,
  type CaptionFile,
  type CaptionRecord,
  type Members,
  type Place,
} from './caption-record.ts';

/** Members that name the picture, the first that is there counts. */
export const fileKeys = ['file', 'file_name', 'filename', 'image', 'image_id', 'path', 'image_name'] as const;

/** Members that hold one caption or several. */
export const captionKeys = ['caption', 'captions', 'text', 'texts', 'references', 'comment'] as const;

/**
 * Parses JSON lines, a picture or a caption a line; empty lines are passed over.
 *
 * @throws {StudioError} 'file-invalid', naming the line
 */
export function parseCaptionRows(name: string, text: string): CaptionFile {
  const collector = createRecordCollector();
  let failedRows = 0;
  text.split('\n').forEach((content, i) => {
    if (content.trim() === '') return;
    const place = { name, line: i + 1 };
    let row: unknown;
    try {
      row = JSON.parse(content);
    } catch (cause) {
      throw invalidFile(place, `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
    }
    const read = readCaptionRow(place, row);
    if (read === null) failedRows++;
    else collector.add(read.file, read.captions, read.id);
  });
  return { format: 'caption-rows', records: collector.records(), failedRows };
}

/**
 * Reads one row; null where it tells of an error in place of a caption.
 *
 * @throws {StudioError} 'file-invalid' when it names no picture or has no caption
 */
export function readCaptionRow(place: Place, row: unknown): CaptionRecord | null {
  if (!isMembers(row)) throw invalidFile(place, 'expected an object in braces');
  const fileKey = fileKeys.find((key) => readName(row[key]) !== undefined);
  const file = fileKey && readName(row[fileKey]);
  if (file === undefined) throw invalidFile(place, `names no picture; expected one of ${fileKeys.slice(0, 5).join(', ')}`);
  const captions = readCaptions(row);
  if (captions === undefined) {
    if ('error' in row) return null;
    throw invalidFile(place, `has no caption for ${file}; expected one of ${captionKeys.slice(0, 3).join(', ')} with text`);
  }
  const id = readName(row['image_id']);
  return { file, captions, ...(id === undefined ? {} : { id }) };
}

function readCaptions(row: Members): readonly string[] | undefined {
  for (const key of captionKeys) {
    const value = row[key];
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.length > 0 && value.every((caption) => typeof caption === 'string')) return value;
  }
  return undefined;
}
