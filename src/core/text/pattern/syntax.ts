/** @file What a regular expression is made of once it has been read. */

/** A place that a pattern asks for without taking a character. */
export type Place = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge';

/** A part of a pattern. */
export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: (codePoint: number) => boolean }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly part: PatternNode }
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      /** Inclusive; Infinity where there is no end. */
      readonly max: number;
      readonly isGreedy: boolean;
      /** The groups inside: first (inclusive) and end (exclusive); each turn begins without them. */
      readonly groups: readonly [first: number, end: number];
    };

/** How a pattern is meant, in the letters of JavaScript. */
export interface PatternFlags {
  /** `i`: capital and small letters are the same. */
  readonly ignoreCase?: boolean;
  /** `m`: `^` and `$` stand at every line. */
  readonly multiline?: boolean;
  /** `s`: a dot is a line end, too. */
  readonly dotAll?: boolean;
}
