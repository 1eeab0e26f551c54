/** @file What is learned: an adapter, or the model's own weights from the decoder as far back as wanted. */

import type { AdapterSpec } from '../../src/core/adapter/spec.ts';

/** How far full fine-tuning reaches from the loss back to the picture: each reach includes those before it. */
export type FullReach = 'decoder' | 'projector' | 'tower';

/** What is learned. */
export type TrainingMethod = AdapterSpec | { readonly kind: 'full'; readonly reach: FullReach };

/** What is fed of pictures, and so is frozen: the decoder's rows, the tower's features, or nothing but pixels. */
export type PictureFeed = 'rows' | 'tower_features' | 'pixel_values';

/** Tells what is fed of pictures; it is the name of the graph's input. */
export function pictureFeed(method: TrainingMethod): PictureFeed {
  if (method.kind !== 'full') return 'rows';
  return ({ decoder: 'rows', projector: 'tower_features', tower: 'pixel_values' } as const)[method.reach];
}
