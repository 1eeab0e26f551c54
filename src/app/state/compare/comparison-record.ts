/** @file What is kept of a comparison when the page closes; its captions are kept by themselves. */

import type { NamedHash } from '../../../core/dataset/caption-conditions.ts';
import type { Recipe } from '../queue/recipe.ts';

/** One way of captioning: a model with a prompt, a style and its strength. */
export interface ComparisonColumn {
  readonly id: string;
  readonly model: NamedHash;
  readonly recipe: Recipe;
}

/** Captions that are judged without names. */
export interface BlindRound {
  /** Orders the captions of each picture. */
  readonly seed: number;
  /** The columns among which is chosen. */
  readonly columnIds: readonly string[];
  /** The column that was chosen for each picture, by the card's id; null where none was better. */
  readonly choices: Readonly<Record<string, string | null>>;
  /** Whether it is over and the names are shown. */
  readonly isRevealed: boolean;
}

/** A comparison as it is stored. */
export interface ComparisonRecord {
  readonly columns: readonly ComparisonColumn[];
  /** The pictures that are compared, by their cards' ids; null for all that the gallery shows. */
  readonly pictureIds: readonly string[] | null;
  readonly blind: BlindRound | null;
  /** Whether captions were still to be written. */
  readonly isWriting: boolean;
}

/** A comparison of nothing yet. */
export const noComparison: ComparisonRecord = { columns: [], pictureIds: null, blind: null, isWriting: false };
