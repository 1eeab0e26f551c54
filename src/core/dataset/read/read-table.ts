/** @file Files that tell of many pictures: JSON lines, CSV, COCO, kohya's metadata, web pages of pictures, and what caption files there are else. */

import { detectCaptionFormat, parseCaptionFile, parseJson } from '../caption-file.ts';
import { invalidFile, isMembers, readName, type Members } from '../caption-record.ts';
import { parseCocoCaptions } from '../coco.ts';
import { isPicturePath } from '../picture-name.ts';
import { readImagePage } from './image-page.ts';
import { makeRow, readDatasetRow, readMembers, type DatasetRow } from './dataset-row.ts';
import { readCsvRows } from './read-csv.ts';

/** The formats of such files. */
export type TableFormat = 'jsonl' | 'csv' | 'coco' | 'coco-results' | 'kohya' | 'html' | 'captions-by-file' | 'flickr8k-token';

/** What a file says. */
export interface DatasetTable {
  readonly format: TableFormat;
  readonly rows: readonly DatasetRow[];
}

/**
 * Reads a file of rows; the format is told from its text.
 *
 * @throws {StudioError} 'file-invalid', naming line and reason
 */
export function readDatasetTable(name: string, text: string): DatasetTable {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (/^\s*<(?:!doctype|html|img|\?xml)/iu.test(content)) return { format: 'html', rows: readImagePage(content) };
  if (name.toLowerCase().endsWith('.csv') || name.toLowerCase().endsWith('.tsv'))
    return { format: 'csv', rows: readCsvRows(name, content) };
  if (name.toLowerCase().endsWith('.jsonl')) return { format: 'jsonl', rows: readJsonRows(name, content) };
  const format = detectCaptionFormat(name, content);
  switch (format) {
    case 'caption-rows':
      return { format: 'jsonl', rows: readJsonRows(name, content) };
    case 'csv':
      return { format, rows: readCsvRows(name, content) };
    case 'coco-captions':
      return { format: 'coco', rows: readCoco(name, parseJson(name, content)) };
    case 'captions-by-file':
      return readByFile(name, parseJson(name, content));
    case 'coco-results':
    case 'flickr8k-token':
      return {
        format,
        rows: parseCaptionFile(name, content).records.map(({ file, captions, id }) => makeRow(file, { captions, id: id ?? null })),
      };
    default:
      return format satisfies never;
  }
}

/** Tells whether JSON tells of many pictures, as COCO's, kohya's and captions by file do, and not of the one that it lies beside. */
export function isTableJson(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return false;
  }
  if (Array.isArray(value)) return value.some((row) => isMembers(row) && 'image_id' in row);
  if (!isMembers(value)) return false;
  if (Array.isArray(value['images']) && Array.isArray(value['annotations'])) return true;
  const members = Object.entries(value);
  const isKohya = members.every(([, member]) => isMembers(member)) && members.some(([, member]) => isMembers(member) && hasTexts(member));
  return isKohya || (members.length > 0 && members.every(([name]) => isPicturePath(name)));
}

function hasTexts({ caption, tags }: Members): boolean {
  return typeof caption === 'string' || typeof tags === 'string';
}

function readJsonRows(name: string, text: string): readonly DatasetRow[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const place = { name, line: i + 1 };
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw invalidFile(place, `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
    }
    return [readDatasetRow(place, value)];
  });
}

/** COCO's captions, with tags and part where the pictures' own rows say them, as this program writes them. */
function readCoco(name: string, value: unknown): readonly DatasetRow[] {
  const images = isMembers(value) && Array.isArray(value['images']) ? value['images'].filter(isMembers) : [];
  const captions = new Map(parseCocoCaptions(name, value).map((record) => [record.file, record]));
  const rows = images.flatMap((image) => {
    const { id, file_name: file, width: _width, height: _height, ...rest } = image;
    const path = readName(file) ?? readName(id);
    if (path === undefined) return [];
    const row = readMembers(path, withoutCocoFacts(rest));
    const record = captions.get(path);
    captions.delete(path);
    return [{ ...row, captions: record?.captions ?? [], id: readName(id) ?? null }];
  });
  return [...rows, ...[...captions.values()].map(({ file, captions: texts, id }) => makeRow(file, { captions: texts, id: id ?? null }))];
}

function withoutCocoFacts({ license: _license, date_captured: _date, coco_url: _coco, flickr_url: _flickr, ...rest }: Members): Members {
  return rest;
}

/** An object from picture to captions, or to an object with caption and tags as kohya's scripts write it. */
function readByFile(name: string, value: unknown): DatasetTable {
  if (!isMembers(value)) throw invalidFile({ name }, 'expected an object from picture to caption');
  const entries = Object.entries(value);
  const isKohya = entries.some(([, member]) => isMembers(member));
  const rows = entries.map(([file, member]) => {
    if (isMembers(member)) return readMembers(file, member);
    const texts = typeof member === 'string' ? [member] : member;
    if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
      throw invalidFile({ name }, `"${file}" has no captions; expected a text, a list of texts, or an object with "caption" and "tags"`);
    }
    return makeRow(file, { captions: texts });
  });
  return { format: isKohya ? 'kohya' : 'captions-by-file', rows };
}
