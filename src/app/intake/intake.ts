/** @file Files that came in: pictures, and others that may tell of them. */

import type { IncomingPicture } from '../state/cards/library.svelte.ts';

/** What came in. */
export interface Intake {
  readonly pictures: readonly IncomingPicture[];
  /** Files that are no pictures. */
  readonly others: readonly IncomingPicture[];
  /** An address that came instead of files. */
  readonly address: string | undefined;
}

/** An empty one. */
export const nothing: Intake = { pictures: [], others: [], address: undefined };

/** The order in which people count: 2 before 10. */
export const orderOfNames = new Intl.Collator('en', { numeric: true });

/** Joins what came in one after the other. */
export function mergeIntakes(intakes: readonly Intake[]): Intake {
  return {
    pictures: intakes.flatMap(({ pictures }) => pictures),
    others: intakes.flatMap(({ others }) => others),
    address: undefined,
  };
}
