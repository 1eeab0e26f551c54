/** @file Weights of a graph in whose place others are fed. */

import type { WeightCatalog } from '../core/nn/weights.ts';

/** Which weights are fed, and in what form each is computed on; the same change gives the same graph. */
export interface WeightChange {
  readonly catalog: WeightCatalog;
  /** Tells of a weight's key in the store whether another is fed in its place. */
  readonly isFed: (source: string) => boolean;
}

/** The change that feeds nothing. */
export function noWeightChange(catalog: WeightCatalog): WeightChange {
  return { catalog, isFed: () => false };
}
