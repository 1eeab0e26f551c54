/** @file A table that captions go back into, and what came of it. */

/** A table as it lies there. */
export interface TableText {
  readonly path: string;
  /** With the byte order mark, where it has one. */
  readonly text: string;
}

/** What came of it. */
export interface MergedTable {
  readonly text: string;
  /** Pictures whose rows changed. */
  readonly changed: readonly string[];
  /** Pictures for whose captions the table has no place. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}
