/** @file What may be wrong with a caption, and the names under which filters and reports have it. */

/** Every flag with what it means; a flag is a hint to look, not a verdict. */
export const flagNames = {
  empty: 'has no caption',
  loop: 'says the same again and again',
  unfinished: 'stops in the middle',
  contradiction: 'contradicts its tags',
  short: 'is shorter than wanted',
  long: 'is longer than wanted',
  same: 'stands on several pictures',
  unsupported: 'names what neither tags nor references have',
} as const;

/** The name of a flag. */
export type FlagName = keyof typeof flagNames;

/** A flag that was raised. */
export interface CaptionFlag {
  readonly name: FlagName;
  /** What was found, in words. */
  readonly message: string;
  /** The stretch of the caption that it is about: start inclusive, end exclusive. */
  readonly place?: readonly [start: number, end: number];
}
