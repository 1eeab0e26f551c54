/** @file Finds the same picture in two files that name it differently: with or without folder, ending, or COCO's prefix and zeros. */

import { StudioError } from '../error.ts';
import type { CaptionRecord } from './caption-record.ts';

/** Something that has the name of a picture. */
interface Named {
  readonly file: string;
  readonly id?: string;
}

/** A picture with a system's caption and its references. */
export interface CaptionedPicture {
  readonly file: string;
  readonly caption: string;
  readonly references: readonly string[];
}

/** Makes a function that finds the record of a picture, or undefined; a way of naming that fits two records is not used. */
export function createNameMatcher<T extends Named>(records: readonly T[]): (picture: Named) => T | undefined {
  if (records.length === 0) return () => undefined; // no way of naming would find any
  const tables = new Map<WayOfNaming, ReadonlyMap<string, T | null>>();
  const tableOf = (keysOf: WayOfNaming): ReadonlyMap<string, T | null> => {
    const known = tables.get(keysOf);
    if (known !== undefined) return known;
    const table = new Map<string, T | null>();
    for (const record of records)
      for (const key of keysOf(record)) table.set(key, table.has(key) && table.get(key) !== record ? null : record);
    tables.set(keysOf, table);
    return table;
  };
  return (picture) => {
    for (const keysOf of waysOfNaming) {
      const table = tableOf(keysOf); // only now: of a million pictures that agree exactly, the looser tables are never needed
      for (const key of keysOf(picture)) {
        const found = table.get(key);
        if (found) return found;
      }
    }
    return undefined;
  };
}

/** Finds the record of each picture, or undefined; where several pictures come to one record, only those that it names exactly have it. */
export function matchNames<T extends Named>(pictures: readonly Named[], records: readonly T[]): readonly (T | undefined)[] {
  const find = createNameMatcher(records);
  const found = pictures.map((picture) => find(picture));
  const counts = new Map<T | undefined, number>();
  for (const record of found) counts.set(record, (counts.get(record) ?? 0) + 1);
  return found.map((record, index) => (counts.get(record) === 1 || record?.file === pictures[index]?.file ? record : undefined));
}

/**
 * Joins a system's captions with references, in the order of the captions.
 *
 * @throws {StudioError} 'argument-invalid' when there is no caption, or a picture has several or no references
 */
export function joinCaptions(captions: readonly CaptionRecord[], references: readonly CaptionRecord[]): readonly CaptionedPicture[] {
  if (captions.length === 0) throw new StudioError('argument-invalid', 'hypotheses: the file holds no captions');
  const find = createNameMatcher(references);
  const missing: string[] = [];
  const joined = captions.flatMap((record) => {
    const [caption] = record.captions;
    if (caption === undefined || record.captions.length > 1) {
      const count = String(record.captions.length);
      throw new StudioError(
        'argument-invalid',
        `hypotheses: ${record.file} has ${count} captions, expected one; are these the references?`,
      );
    }
    const found = find(record);
    if (found === undefined || found.captions.length === 0) missing.push(record.file);
    return found === undefined ? [] : [{ file: record.file, caption, references: found.captions }];
  });
  if (missing.length > 0) {
    const some = missing.slice(0, 5).join(', ');
    throw new StudioError(
      'argument-invalid',
      `references: none for ${String(missing.length)} of ${String(captions.length)} pictures (${some}${missing.length > 5 ? ', …' : ''}); file names or numbers must agree`,
      { details: { missing } },
    );
  }
  return joined;
}

/** The names that a picture goes by. */
type WayOfNaming = (picture: Named) => readonly string[];

/** From strict to loose. */
const waysOfNaming: readonly WayOfNaming[] = [
  ({ file }) => [file],
  ({ file }) => ends(file),
  ({ file, id }) => [stem(file), ...(id === undefined ? [] : [id])],
  ({ file, id }) => [numberOf(stem(file)), id ?? null].filter((key) => key !== null),
];

/** Ends of a path in whole parts, the longest first and the name alone last. */
function ends(file: string): readonly string[] {
  const parts = file.split(/[/\\]/u);
  return parts.map((_, index) => parts.slice(index).join('/'));
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

/** Gives a file's name without folder and ending. */
export function stem(file: string): string {
  return baseName(file).replace(/\.[a-z0-9]{1,5}$/iu, '');
}

/** Finds the number in names such as 000000404464 and COCO_val2014_000000404464, without its zeros. */
export function numberOf(name: string): string | null {
  const digits = /^(?:COCO_[a-z0-9]+_)?0*(?<digits>\d+)$/u.exec(name)?.groups?.['digits'];
  return digits ?? null;
}
