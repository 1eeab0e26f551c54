/** @file The two-layer projector from a vision tower's features to the decoder's embeddings. */

import type { Value } from '../../src/core/graph/graph.ts';
import { gelu } from '../../src/core/graph/math.ts';
import { linear, type LayerContext } from '../../src/core/nn/linear.ts';

/** Sizes of the projector. */
export interface ProjectorConfig {
  readonly visionSize: number;
  readonly middleSize: number;
  readonly hiddenSize: number;
}

/** The projector's prefix, as transformers ≥ 4.52 names it. */
export const projectorPrefix = 'model.multi_modal_projector';

/**
 * Applies linear, exact GELU, linear.
 *
 * @shape features [B, P, visionSize] → [B, P, E]
 * @source transformers LlavaMultiModalProjector 5.23
 */
export function projector(context: LayerContext, config: ProjectorConfig, features: Value): Value {
  const first = { module: `${projectorPrefix}.linear_1`, inputSize: config.visionSize, outputSize: config.middleSize, hasBias: true };
  const second = { module: `${projectorPrefix}.linear_2`, inputSize: config.middleSize, outputSize: config.hiddenSize, hasBias: true };
  return linear(context, second, gelu(context.g, linear(context, first, features)));
}
