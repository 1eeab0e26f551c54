/** @file What a rule of the tokenizer says. */

import type { Pattern } from './pattern.ts';

/** One kind of token. */
export interface TokenRule {
  readonly match: Pattern;
  /** What must follow; it counts for the length of the match but is read again. */
  readonly before?: Pattern;
  /** How the matched characters are written; absent: as they are; null: not a token. */
  readonly write?: ((matched: string) => string) | null;
  /** So many characters of the match are read again: the period that is also the sentence's, or the second half of `cannot`. */
  readonly putBack?: number;
  /** What is put back is also part of this token. */
  readonly keepsPutBack?: boolean;
}
