/** @file In how many pictures' references an n-gram stands: what CIDEr weighs n-grams by, from the evaluated set or from a stored table. */

import { StudioError } from '../error.ts';
import type { ReferenceSet } from './caption-set.ts';
import { eachInSteps, mapInSteps, type Steps } from './steps.ts';

/** Document frequencies in terms of one reference set's index. */
export interface DocumentFrequencies {
  /** How many pictures were counted. */
  readonly pictureCount: number;
  /** By n-gram number; an n-gram beyond the end was never seen. */
  readonly counts: Int32Array;
}

/** What a kept table says of itself. */
export const documentFrequencyFormat = 'caption-studio-df-1';

/** A table that can be kept: n-grams as their words joined by blanks. */
export interface DocumentFrequencyTable {
  readonly format: typeof documentFrequencyFormat;
  readonly pictureCount: number;
  /** Only n-grams that more than one picture has; `pictureCount` and a count of at most 1 say the rest. */
  readonly ngrams: Readonly<Record<string, number>>;
}

/** Counts in how many pictures of a set each n-gram stands in at least one reference. */
export function* countDocumentFrequencies(set: ReferenceSet): Steps<DocumentFrequencies> {
  const counts = new Int32Array(set.index.size());
  const lastSeen = new Int32Array(set.index.size()).fill(-1);
  yield* eachInSteps(set.references, (references, picture) => {
    for (const { ngrams } of references) {
      for (const id of ngrams.ids) {
        if (lastSeen[id] === picture) continue;
        lastSeen[id] = picture;
        counts[id] = (counts[id] ?? 0) + 1;
      }
    }
  });
  return { pictureCount: set.references.length, counts };
}

/** Writes frequencies as a table to keep. N-grams of one picture are left out: CIDEr treats one and none alike. */
export function writeDocumentFrequencies(frequencies: DocumentFrequencies, set: ReferenceSet): DocumentFrequencyTable {
  const ngrams: Record<string, number> = {};
  frequencies.counts.forEach((count, id) => {
    if (count > 1) ngrams[set.index.textOf(id)] = count;
  });
  return { format: documentFrequencyFormat, pictureCount: frequencies.pictureCount, ngrams };
}

/** Brings a kept table into the terms of a reference set. */
export function* readDocumentFrequencies(table: DocumentFrequencyTable, set: ReferenceSet): Steps<DocumentFrequencies> {
  const counted = yield* mapInSteps(Object.entries(table.ngrams), ([text, count]) => [set.index.idOf(text.split(' ')), count] as const);
  const counts = new Int32Array(set.index.size());
  for (const [id, count] of counted) counts[id] = count;
  return { pictureCount: table.pictureCount, counts };
}

/**
 * Parses the text of a kept table.
 *
 * @throws {StudioError} 'file-invalid' when it is no such table
 */
export function parseDocumentFrequencyTable(name: string, text: string): DocumentFrequencyTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('file-invalid', `${name}: is not JSON; expected a table of document frequencies`, { cause });
  }
  if (!isTable(value)) {
    throw new StudioError(
      'file-invalid',
      `${name}: expected {"format": "${documentFrequencyFormat}", "pictureCount": …, "ngrams": {…}} with whole numbers, none above pictureCount; write one with "evaluate --save-df"`,
    );
  }
  return value;
}

function isTable(value: unknown): value is DocumentFrequencyTable {
  if (typeof value !== 'object' || value === null) return false;
  const { format, pictureCount, ngrams } = value as Partial<Record<keyof DocumentFrequencyTable, unknown>>;
  const isCount = (count: unknown): count is number => typeof count === 'number' && Number.isSafeInteger(count) && count > 0;
  return (
    format === documentFrequencyFormat &&
    isCount(pictureCount) &&
    typeof ngrams === 'object' &&
    ngrams !== null &&
    !Array.isArray(ngrams) &&
    Object.values(ngrams).every((count) => isCount(count) && count <= pictureCount)
  );
}
