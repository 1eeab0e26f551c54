/** @file A place among the numbers: one score of one system on one set of references, and perhaps one picture. */

/** What the list of pictures shows. */
export interface ScorePlace {
  readonly referencesId: string;
  readonly systemId: string;
  readonly score: string;
  /** A picture to show first. */
  readonly file?: string;
}
