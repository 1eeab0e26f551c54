/** @file SigLIP's vision transformer: patches and positions only; its pooling head is not used. */

import type { Value } from '../../src/core/graph/graph.ts';
import { add } from '../../src/core/graph/math.ts';
import type { LayerContext } from '../../src/core/nn/linear.ts';
import { embedPatches, patchesPerSide, towerBlocks, towerPrefix, type TransformerTowerConfig } from './transformer.ts';

/**
 * Applies the tower, up to the norm after its last block, which LLaVA leaves out.
 *
 * @shape pixels [B, 3, imageSize, imageSize] → [B, P, E]
 * @source transformers 5.23 SiglipVisionModel
 */
export function siglipTower(context: LayerContext, config: TransformerTowerConfig, pixels: Value): Value {
  const { g } = context;
  const positions = g.weight(`${towerPrefix}.embeddings.position_embedding.weight`, 'float32', [
    patchesPerSide(config) ** 2,
    config.hiddenSize,
  ]);
  return towerBlocks(context, config, add(g, embedPatches(g, config, pixels, true), positions));
}
