/** @file CLIP's vision transformer: a class token before the patches, a norm before the blocks. */

import type { Value } from '../../src/core/graph/graph.ts';
import { add, reshape } from '../../src/core/graph/math.ts';
import type { LayerContext } from '../../src/core/nn/linear.ts';
import { embedPatches, patchesPerSide, towerBlocks, towerNorm, towerPrefix, type TransformerTowerConfig } from './transformer.ts';

/**
 * Applies the tower.
 *
 * @shape pixels [B, 3, imageSize, imageSize] → [B, P + 1, E], the class token first
 * @source transformers 5.23 CLIPVisionModel
 */
export function clipTower(context: LayerContext, config: TransformerTowerConfig, pixels: Value): Value {
  const { g } = context;
  const P = patchesPerSide(config) ** 2;
  const { hiddenSize } = config;
  const patches = embedPatches(g, config, pixels, false); // [B, P, E]
  const positions = g.weight(`${towerPrefix}.embeddings.position_embedding.weight`, 'float32', [P + 1, hiddenSize]);
  const token = reshape(g, g.weight(`${towerPrefix}.embeddings.class_embedding`, 'float32', [hiddenSize]), [1, hiddenSize]);
  // The class token joins the positions, so that it need not be repeated for a batch of unknown size.
  const start = add(g, positions, g.add('Pad', [token, g.int64s([0, 0, P, 0])])); // [P + 1, E]
  const rows = add(g, g.add('Pad', [patches, g.int64s([0, 1, 0, 0, 0, 0])]), start); // [B, P + 1, E]
  return towerBlocks(context, config, towerNorm(context, config, 'pre_layrnorm', rows)); // the checkpoints' own spelling
}
