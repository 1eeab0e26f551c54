/** @file Puts captions and tags into one JSON object of a table; all that it says else stays as it is written there. */

import { isMembers, type Members } from '../caption-record.ts';
import { captionKeys } from '../caption-rows.ts';
import { readMembers, type DatasetRow } from '../read/dataset-row.ts';
import { editText, listMembers, type TextEdit } from './json-members.ts';

/** What a picture says. */
export interface Saying {
  readonly captions: readonly string[];
  readonly tags: readonly string[];
}

/** What members are called that an object does not have yet. */
export interface NewMembers {
  readonly caption: 'text' | 'caption';
  /** Whether tags are a list, or one text between commas. */
  readonly tags: 'list' | 'text';
}

/** Tells whether a row says just that already. */
export function saysSame(row: Pick<DatasetRow, 'captions' | 'tags'>, { captions, tags }: Saying): boolean {
  return isSameList(row.captions, captions) && isSameList(row.tags, tags);
}

/** Gives the object's text with other captions and tags, or null where it has no place for them. */
export function mergeObject(text: string, saying: Saying, fresh: NewMembers): string | null {
  const value: unknown = JSON.parse(text);
  if (!isMembers(value)) return null;
  const row = readMembers('', value);
  const changes = new Map<string, unknown>([
    ...(isSameList(row.captions, saying.captions) ? [] : changedCaptions(value, saying.captions, fresh)),
    ...(isSameList(row.tags, saying.tags) ? [] : changedTags(value, saying.tags, fresh)),
  ]);
  const merged = writeMembers(text, changes);
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

function writeMembers(text: string, changes: ReadonlyMap<string, unknown>): string {
  const members = listMembers(text);
  const here = new Set(members.map(({ key }) => key));
  const edits: TextEdit[] = members.flatMap(({ key, start, end }) =>
    changes.has(key) ? [{ start, end, text: JSON.stringify(changes.get(key)) }] : [],
  );
  const colon = /"\s*:\s/u.test(text) ? ': ' : ':';
  const added = [...changes]
    .filter(([key]) => !here.has(key))
    .map(([key, value]) => `${JSON.stringify(key)}${colon}${JSON.stringify(value)}`);
  const last = members.at(-1);
  if (added.length > 0) {
    const at = last?.end ?? text.indexOf('{') + 1;
    const gap = colon === ':' ? ',' : ', ';
    edits.push({ start: at, end: at, text: (last === undefined ? '' : gap) + added.join(gap) });
  }
  // An addition behind a member that changes, too, is one edit with it.
  return editText(text, joinTouching(edits));
}

function joinTouching(edits: readonly TextEdit[]): readonly TextEdit[] {
  const joined: TextEdit[] = [];
  for (const edit of edits) {
    const before = joined.at(-1);
    if (before !== undefined && before.end === edit.start && edit.start === edit.end) {
      joined[joined.length - 1] = { ...before, text: before.text + edit.text };
    } else joined.push(edit);
  }
  return joined;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
