/** @file Which picture a row of a table means. */

import { folderOf, stemOf } from '../item.ts';
import { createNameMatcher } from '../match-names.ts';

/** Something that names a picture. */
interface Named {
  readonly file: string;
  readonly id: string | null;
}

/**
 * Makes a function that finds the picture that a row of a table names, or null: below the table's folder, below the data set, without its
 * ending, and at last by its name alone or its number, where only one picture has it. Accents in one piece or in two are the same, unless two
 * pictures differ in nothing else, and `\` parts folders, unless it is a sign of the name.
 */
export function createPictureFinder(pictures: readonly string[]): (row: Named, table: string) => string | null {
  const { byPlace, byName } = createPictureLookups(pictures);
  return (row, table) => byPlace(row, table) ?? byName(row);
}

/** The two ways of finding a picture: the sure one, and the one for names that were moved or cut. */
export interface PictureLookups {
  /** By its path, as seen from the table or from the data set, with or without the ending. */
  readonly byPlace: (row: Named, table: string) => string | null;
  /** By its name alone or its number, where only one picture has it. */
  readonly byName: (row: Named) => string | null;
}

/** Makes both lookups, so that a picture that one row names by its place is not given to another that has its name alone. */
export function createPictureLookups(pictures: readonly string[]): PictureLookups {
  const asWritten = createPlaces(pictures, (path) => path);
  const composed = createPlaces(pictures, compose);
  const matchName = createNameMatcher(pictures.map((path) => ({ file: path.normalize('NFC'), path })));
  return {
    byPlace: ({ file }, table) => asWritten(file, folderOf(table)) ?? composed(compose(file), folderOf(table).normalize('NFC')),
    byName: ({ file, id }) => matchName({ file: compose(file), ...(id === null ? {} : { id }) })?.path ?? null,
  };
}

/** Makes a function that finds a picture by its path or its stem in one spelling: below a folder, or below the data set. */
function createPlaces(pictures: readonly string[], spell: (path: string) => string): (name: string, folder: string) => string | null {
  const byPath = uniqueBy(pictures, spell);
  const byStem = uniqueBy(pictures, (path) => stemOf(spell(path)));
  return (name, folder) => {
    const beside = joinPath(folder, name);
    const plain = joinPath('', name);
    return byPath.get(beside) ?? byPath.get(plain) ?? byStem.get(beside) ?? byStem.get(plain) ?? null;
  };
}

/** Pictures by a key; null where two have the same. */
function uniqueBy(pictures: readonly string[], keyOf: (path: string) => string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  for (const path of pictures) found.set(keyOf(path), found.has(keyOf(path)) ? null : path);
  return found;
}

function compose(path: string): string {
  return path.normalize('NFC').replaceAll('\\', '/');
}

/** Joins paths and resolves `.` and `..`; what would lead out stays at the top. */
function joinPath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
