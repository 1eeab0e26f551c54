/** @file One row of a data set's table: a picture's name, captions and tags, and whatever else it says. */

import { invalidFile, isMembers, readName, type Members, type Place } from '../caption-record.ts';
import { captionKeys, fileKeys } from '../caption-rows.ts';

/** What a row or a sidecar says of a picture. */
export interface DatasetRow {
  /** As the source names it. */
  readonly file: string;
  readonly captions: readonly string[];
  readonly tags: readonly string[];
  readonly split: string | null;
  readonly id: string | null;
  /** All further members. */
  readonly metadata: Members;
}

/** Makes a row of what is known. */
export function makeRow(file: string, known: Partial<Omit<DatasetRow, 'file'>> = {}): DatasetRow {
  return { file, captions: [], tags: [], split: null, id: null, metadata: {}, ...known };
}

/**
 * Reads a row that names its picture; captions and tags may be missing.
 *
 * @throws {StudioError} 'file-invalid' when it names no picture
 */
export function readDatasetRow(place: Place, value: unknown): DatasetRow {
  if (!isMembers(value)) throw invalidFile(place, 'expected an object in braces');
  const key = fileKeys.find((name) => readName(value[name]) !== undefined);
  const file = key && readName(value[key]);
  if (file === undefined) throw invalidFile(place, `names no picture; expected one of ${fileKeys.slice(0, 5).join(', ')}`);
  const { [key ?? '']: _file, ...rest } = value;
  return readMembers(file, rest);
}

/** Reads what an object says of a picture whose name is known. */
export function readMembers(file: string, value: Members): DatasetRow {
  const captions: string[] = [];
  const tags: string[] = [];
  const metadata: Record<string, unknown> = {};
  let split: string | null = null;
  let id: string | null = null;
  for (const [key, member] of Object.entries(value)) {
    const texts = captionNames.includes(key) ? readTexts(member) : null;
    if (texts !== null) for (const text of texts) captions.push(text);
    else if (key === 'tags' && isTagValue(member)) tags.push(...readTags(member));
    else if (key === 'split' && typeof member === 'string') split = member;
    else if (key === 'image_id' && readName(member) !== undefined) id = readName(member) ?? null;
    else if (!ownKeys.includes(key)) metadata[key] = member;
  }
  return makeRow(file, { captions: distinct(captions), tags: distinct(tags), split, id, metadata });
}

const captionNames: readonly string[] = captionKeys;

/** What this program's own rows say about the making of a caption is not the picture's; the last one would be no member but a prototype. */
const ownKeys: readonly string[] = ['tokens', 'ms', '__proto__'];

/** Reads tags from a list, or from a text that parts them by commas. */
export function readTags(value: string | readonly string[]): readonly string[] {
  const list = typeof value === 'string' ? value.split(',') : value;
  return list.map((tag) => tag.trim()).filter((tag) => tag !== '');
}

function isTagValue(value: unknown): value is string | readonly string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((tag) => typeof tag === 'string'));
}

function readTexts(value: unknown): readonly string[] | null {
  if (value === null) return [];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : null;
}

/** Leaves out empty texts and those that were there before. */
export function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== ''))];
}
