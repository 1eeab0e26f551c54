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
 * ending, and at last by its name alone or its number, where only one picture has it. Accents in one piece or in two are the same.
 */
export function createPictureFinder(pictures: readonly string[]): (row: Named, table: string) => string | null {
  const byPath = new Map<string, string>();
  const byStem = new Map<string, string | null>();
  for (const path of pictures) {
    byPath.set(path.normalize('NFC'), path);
    const stem = stemOf(path).normalize('NFC');
    byStem.set(stem, byStem.has(stem) ? null : path);
  }
  const matchName = createNameMatcher(pictures.map((path) => ({ file: path.normalize('NFC'), path })));
  return ({ file, id }, table) => {
    const name = file.normalize('NFC').replaceAll('\\', '/');
    const beside = joinPath(folderOf(table).normalize('NFC'), name);
    const plain = joinPath('', name);
    const exact = byPath.get(beside) ?? byPath.get(plain) ?? byStem.get(beside) ?? byStem.get(plain);
    return exact ?? matchName({ file: name, ...(id === null ? {} : { id }) })?.path ?? null;
  };
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
