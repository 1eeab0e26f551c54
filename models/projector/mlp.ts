/** @file The two-layer projector from a vision tower's features to the decoder's embeddings. */

import type { Value } from '../../src/core/graph/graph.ts';
import { gelu } from '../../src/core/graph/math.ts';
import { linear, type LayerContext } from '../../src/core/nn/linear.ts';
import { readFlag, unknownField, type ConfigObject } from '../fields.ts';

/** Sizes of the projector. */
export interface ProjectorConfig {
  readonly visionSize: number;
  readonly middleSize: number;
  readonly hiddenSize: number;
  readonly hasBias: boolean;
}

/** The projector's prefix, as transformers ≥ 4.52 names it. */
export const projectorPrefix = 'model.multi_modal_projector';

/**
 * Reads what a config says of its projector.
 *
 * @throws {StudioError} 'model-unknown' for another activation than exact GELU
 */
export function readProjector(config: ConfigObject, sizes: Pick<ProjectorConfig, 'visionSize' | 'hiddenSize'>): ProjectorConfig {
  const activation = config['projector_hidden_act'] ?? 'gelu';
  if (activation !== 'gelu') throw unknownField('projector_hidden_act', activation, ['gelu']);
  return { ...sizes, middleSize: sizes.hiddenSize, hasBias: readFlag(config, 'multimodal_projector_bias', true) };
}

/**
 * Applies linear, exact GELU, linear.
 *
 * @shape features [B, P, visionSize] → [B, P, E]
 * @source transformers LlavaMultiModalProjector 5.23
 */
export function projector(context: LayerContext, config: ProjectorConfig, features: Value): Value {
  const { hasBias } = config;
  const first = { module: `${projectorPrefix}.linear_1`, inputSize: config.visionSize, outputSize: config.middleSize, hasBias };
  const second = { module: `${projectorPrefix}.linear_2`, inputSize: config.middleSize, outputSize: config.hiddenSize, hasBias };
  return linear(context, second, gelu(context.g, linear(context, first, features)));
}
