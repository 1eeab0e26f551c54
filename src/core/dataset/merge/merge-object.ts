/** @file Puts captions and tags into one JSON object of a table; all that it says else stays as it is written there. */

import { isMembers, type Members } from '../caption-record.ts';
import { captionKeys } from '../caption-rows.ts';
import { readMembers, type DatasetRow } from '../read/dataset-row.ts';
import { setMembers } from './json-members.ts';

/** What a picture says. */
export interface Saying {
  readonly captions: readonly string[];
  readonly tags: readonly string[];
  /** Its part of the data set; what is there stays where it is left out. */
  readonly split?: string | null;
}

/** What members are called that an object does not have yet. */
export interface NewMembers {
  readonly caption: 'text' | 'caption';
  /** Whether tags are a list, or one text between commas. */
  readonly tags: 'list' | 'text';
}

/** Tells whether a row says just that already. */
export function saysSame(row: Pick<DatasetRow, 'captions' | 'tags' | 'split'>, { captions, tags, split = row.split }: Saying): boolean {
  return isSameList(row.captions, captions) && isSameList(row.tags, tags) && row.split === split;
}

/** Gives the object's text with other captions and tags, or null where it has no place for them. */
export function mergeObject(text: string, saying: Saying, fresh: NewMembers): string | null {
  const value: unknown = JSON.parse(text);
  if (!isMembers(value)) return null;
  const row = readMembers('', value);
  const changes = new Map<string, unknown>([
    ...(isSameList(row.captions, saying.captions) ? [] : changedCaptions(value, saying.captions, fresh)),
    ...(isSameList(row.tags, saying.tags) ? [] : changedTags(value, saying.tags, fresh)),
    ...((saying.split ?? null) === null || saying.split === row.split ? [] : [['split', saying.split] as const]),
  ]);
  const merged = setMembers(text, changes);
  return saysSame(readMembers('', JSON.parse(merged) as Members), saying) ? merged : null;
}

/** Single texts get captions in their order; a list gets them all. */
function changedCaptions(value: Members, captions: readonly string[], fresh: NewMembers): readonly (readonly [string, unknown])[] {
  const names: readonly string[] = captionKeys;
  const keys = Object.keys(value).filter((key) => names.includes(key));
  const lists = keys.filter((key) => Array.isArray(value[key]));
  const texts = keys.filter((key) => !Array.isArray(value[key]));
  if (texts.length === 0 && lists.length === 0) texts.push(fresh.caption);
  if (captions.length > texts.length && lists.length === 0) lists.push('captions');
  return [
    ...texts.map((key, i) => [key, captions[i] ?? (value[key] === null ? null : '')] as const),
    ...lists.map((key) => [key, captions] as const),
  ];
}

function changedTags(value: Members, tags: readonly string[], fresh: NewMembers): readonly (readonly [string, unknown])[] {
  const isList = 'tags' in value ? Array.isArray(value['tags']) : fresh.tags === 'list';
  return [['tags', isList ? tags : tags.join(', ')]];
}

/** Tells whether two lists say the same in the same order. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
