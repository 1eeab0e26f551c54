/** @file Reads a file of captions in whatever of the known formats it is. */

import { parseCaptionRows, readCaptionRow } from './caption-rows.ts';
import { createRecordCollector, invalidFile, isMembers, type CaptionFile, type CaptionFormat, type Members } from './caption-record.ts';
import { parseCocoCaptions } from './coco.ts';
import { findJsonError } from './json-error.ts';
import { parseCaptionTable } from './caption-table.ts';

/**
 * Tells the format of a file of captions from its text.
 *
 * @throws {StudioError} 'file-invalid' when it is none of the known ones
 */
export function detectCaptionFormat(name: string, text: string): CaptionFormat {
  const content = withoutMark(text).trimStart();
  if (content === '') throw invalidFile({ name }, 'is empty; expected captions');
  if (content.startsWith('[')) return 'coco-results';
  if (content.startsWith('{')) return detectObject(content);
  const firstLine = /^[^\r\n]*/u.exec(content)?.[0] ?? '';
  if (/#\d+\t/u.test(firstLine)) return 'flickr8k-token';
  if (/[,;|\t]/u.test(firstLine)) return 'csv';
  throw invalidFile(
    { name, line: 1 },
    'is no known kind of caption file; expected COCO captions or results, JSON lines, {"picture": ["caption"]}, CSV with a header, or Flickr8k tokens',
  );
}

/**
 * Reads a file of captions; the format is told from its text.
 *
 * @throws {StudioError} 'file-invalid', naming line and reason
 */
export function parseCaptionFile(name: string, text: string): CaptionFile {
  const format = detectCaptionFormat(name, text);
  const content = withoutMark(text);
  switch (format) {
    case 'coco-captions':
      return { format, records: parseCocoCaptions(name, parseJson(name, content)), failedRows: 0 };
    case 'coco-results':
      return parseList(name, parseJson(name, content));
    case 'captions-by-file':
      return { format, records: parseByFile(name, parseJson(name, content)), failedRows: 0 };
    case 'caption-rows':
      return parseCaptionRows(name, content);
    case 'csv':
      return { format, records: parseCaptionTable(name, content), failedRows: 0 };
    case 'flickr8k-token':
      return { format, records: parseFlickr8kTokens(name, content), failedRows: 0 };
    default:
      return format satisfies never;
  }
}

/**
 * Parses JSON; where it is broken, the message names the line.
 *
 * @throws {StudioError} 'file-invalid'
 */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = findJsonError(text);
    const line = position === null ? undefined : text.slice(0, position).split('\n').length;
    throw invalidFile({ name, ...(line === undefined ? {} : { line }) }, `is not JSON (${message})`, cause);
  }
}

/** JSON lines begin like one JSON object; their first line is an object by itself, and so is a whole file of one row. */
function detectObject(content: string): CaptionFormat {
  const firstLine = /^[^\r\n]*/u.exec(content)?.[0] ?? '';
  const first = tryJson(firstLine);
  const whole = isMembers(first) && content.trimEnd() !== firstLine.trimEnd() ? undefined : (first ?? tryJson(content));
  if (isMembers(first) && (whole === undefined || isRow(first))) return 'caption-rows';
  return isMembers(whole) && 'annotations' in whole ? 'coco-captions' : detectBroken(content);
}

/** For JSON that may be broken or is neither: the name of COCO's list tells it from captions by file. */
function detectBroken(content: string): CaptionFormat {
  return /"annotations"\s*:\s*\[/u.test(content.slice(0, 1_000_000)) ? 'coco-captions' : 'captions-by-file';
}

function isRow(value: Members): boolean {
  return ['file', 'file_name', 'filename', 'image', 'image_id'].some((key) => key in value) && !('annotations' in value);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseList(name: string, value: unknown): CaptionFile {
  if (!Array.isArray(value)) throw invalidFile({ name }, 'expected a list of results in square brackets');
  const collector = createRecordCollector();
  let failedRows = 0;
  value.forEach((row: unknown, i) => {
    const read = readCaptionRow({ name: `${name}, result ${String(i + 1)}` }, row);
    if (read === null) failedRows++;
    else collector.add(read.file, read.captions, read.id);
  });
  return { format: 'coco-results', records: collector.records(), failedRows };
}

function parseByFile(name: string, value: unknown): CaptionFile['records'] {
  if (!isMembers(value)) throw invalidFile({ name }, 'expected an object from picture to captions');
  const collector = createRecordCollector();
  for (const [file, captions] of Object.entries(value)) {
    const list = typeof captions === 'string' ? [captions] : captions;
    if (!Array.isArray(list) || !list.every((caption) => typeof caption === 'string')) {
      throw invalidFile({ name }, `"${file}" has no captions; expected a text or a list of texts`);
    }
    collector.add(file, list);
  }
  return collector.records();
}

function parseFlickr8kTokens(name: string, text: string): CaptionFile['records'] {
  const collector = createRecordCollector();
  text.split(/\r?\n/u).forEach((content, i) => {
    if (content.trim() === '') return;
    const match = /^(?<file>.+)#\d+\t(?<caption>.*)$/u.exec(content)?.groups;
    if (match === undefined) throw invalidFile({ name, line: i + 1 }, 'expected a picture, # and a number, a tab, a caption');
    collector.add(match['file'] ?? '', [match['caption'] ?? '']);
  });
  return collector.records();
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
