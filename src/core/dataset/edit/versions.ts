/** @file Earlier captions of one picture, with who wrote them and when. */

import { isMembers } from '../caption-record.ts';
import { sayAuthor, type Caption, type ModelAuthor } from '../item.ts';
import { readCaption } from './read-history.ts';

/** A caption that a picture has or had. */
export interface CaptionVersion extends Caption {
  /** When it was written. @unit milliseconds since 1970 */
  readonly atMs: number;
}

/** So many are kept of one picture. */
export const maxVersions = 20;

/**
 * Puts a version in front of the earlier ones. The same text again moves to the front and keeps its first author, unless a model wrote it in
 * two styles; a person's typing within a minute is one version. Of too many the oldest goes, but never the first that came with the data set.
 */
export function addVersion(
  versions: readonly CaptionVersion[],
  next: CaptionVersion,
  limit: number = maxVersions,
): readonly CaptionVersion[] {
  if (next.text === '') return versions;
  const known = versions.find((version) => isSameVersion(version, next));
  const rest = versions.filter((version, i) => version !== known && !(i === 0 && isSameTyping(version, next)));
  const all = [known === undefined ? next : { ...known, atMs: next.atMs }, ...rest];
  if (all.length <= limit) return all;
  const original = all.findLast(({ author }) => author.kind === 'file');
  const kept = all.slice(0, limit);
  return original === undefined || kept.includes(original) ? kept : [...kept.slice(0, -1), original];
}

/** Reads stored versions; what is none is left out. */
export function readVersions(value: unknown): readonly CaptionVersion[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const caption = readCaption(one);
    const atMs = isMembers(one) ? one['atMs'] : undefined;
    return caption !== null && typeof atMs === 'number' ? [{ ...caption, atMs }] : [];
  });
}

/** Says what a version is, for lists: who wrote it, and with which prompt. */
export function sayVersion({ author }: Pick<CaptionVersion, 'author'>): string {
  const name = sayAuthor(author);
  return author.kind === 'model' && author.prompt !== '' ? `${name}: “${author.prompt}”` : name;
}

/** Tells whether two captions are one version: the same text, but not of two styles, since each is looked for by its own. */
export function isSameVersion(a: Caption, b: Caption): boolean {
  return a.text === b.text && !(a.author.kind === 'model' && b.author.kind === 'model' && !isSameStyle(a.author, b.author));
}

function isSameStyle(a: ModelAuthor, b: ModelAuthor): boolean {
  if (a.worn === undefined || b.worn === undefined) return a.style === b.style;
  return a.worn.id === b.worn.id && a.worn.scale === b.worn.scale;
}

function isSameTyping(earlier: CaptionVersion, next: CaptionVersion): boolean {
  return earlier.author.kind === 'person' && next.author.kind === 'person' && next.atMs - earlier.atMs < 60_000;
}
