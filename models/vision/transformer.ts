/** @file The blocks that CLIP and SigLIP share: patches, positions, pre-norm attention and feed-forward. */

import { ints } from '../../src/core/graph/attribute.ts';
import type { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { add, gelu, layerNorm, mul, reshape, sigmoid, transpose } from '../../src/core/graph/math.ts';
import { attend } from '../../src/core/nn/attention.ts';
import { linear, type LayerContext } from '../../src/core/nn/linear.ts';

/** The activations that towers have, by their name in configs. */
export const towerActivations = ['quick_gelu', 'gelu', 'gelu_pytorch_tanh'] as const;

/** One of the activations. */
export type TowerActivation = (typeof towerActivations)[number];

/** Sizes of a transformer tower. */
export interface TransformerTowerConfig {
  readonly kind: 'clip' | 'siglip';
  /** @unit pixels */
  readonly imageSize: number;
  /** @unit pixels */
  readonly patchSize: number;
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly heads: number;
  /** How many blocks run: the features may be taken before the last. */
  readonly layers: number;
  readonly normEpsilon: number;
  readonly activation: TowerActivation;
  /** Whether the first row is left out: CLIP's class token. */
  readonly dropsFirst: boolean;
}

/** The tower's prefix; transformers before 5 has `vision_model` after it. */
export const towerPrefix = 'model.vision_tower';

/** Counts patches along one side; pixels that make no whole patch are ignored. */
export function patchesPerSide({ imageSize, patchSize }: Pick<TransformerTowerConfig, 'imageSize' | 'patchSize'>): number {
  return Math.floor(imageSize / patchSize);
}

/**
 * Cuts pictures into patches and embeds each; patches run left to right, then down.
 *
 * @shape pixels [B, 3, imageSize, imageSize] → [B, P, E]
 */
export function embedPatches(g: GraphBuilder, config: TransformerTowerConfig, pixels: Value, hasBias: boolean): Value {
  const { hiddenSize, patchSize } = config;
  const module = `${towerPrefix}.embeddings.patch_embedding`;
  const weight = g.weight(`${module}.weight`, 'float32', [hiddenSize, 3, patchSize, patchSize]);
  const bias = hasBias ? [g.weight(`${module}.bias`, 'float32', [hiddenSize])] : [];
  const attributes = { kernel_shape: ints([patchSize, patchSize]), strides: ints([patchSize, patchSize]) };
  const patches = g.add('Conv', [pixels, weight, ...bias], { attributes }); // [B, E, side, side]
  return transpose(g, reshape(g, patches, [pixels.shape[0] ?? 1, hiddenSize, patchesPerSide(config) ** 2]), [0, 2, 1]);
}

/**
 * Normalises the rows of a tower.
 *
 * @shape [B, P, E] → the same
 */
export function towerNorm({ g }: LayerContext, config: TransformerTowerConfig, module: string, x: Value): Value {
  const part = (name: string): Value => g.weight(`${towerPrefix}.${module}.${name}`, 'float32', [config.hiddenSize]);
  return layerNorm(g, x, { weight: part('weight'), bias: part('bias') }, config.normEpsilon);
}

/**
 * Applies the blocks.
 *
 * @shape [B, P, E] → the same
 * @source transformers 5.23 CLIPEncoderLayer, SiglipEncoderLayer
 */
export function towerBlocks(context: LayerContext, config: TransformerTowerConfig, rows: Value): Value {
  const { g } = context;
  let x = rows;
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layers.${String(layer)}`;
    x = add(g, x, selfAttention(context, config, `${name}.self_attn`, towerNorm(context, config, `${name}.layer_norm1`, x)));
    x = add(g, x, feedForward(context, config, `${name}.mlp`, towerNorm(context, config, `${name}.layer_norm2`, x)));
  }
  return x;
}

function selfAttention(context: LayerContext, { hiddenSize, heads }: TransformerTowerConfig, name: string, x: Value): Value {
  const project = (part: string, from: Value): Value =>
    linear(context, { module: `${towerPrefix}.${name}.${part}`, inputSize: hiddenSize, outputSize: hiddenSize, hasBias: true }, from);
  const sizes = { heads, keyValueHeads: heads, headWidth: hiddenSize / heads };
  const inputs = { q: project('q_proj', x), k: project('k_proj', x), v: project('v_proj', x), bias: null, past: null };
  return project('out_proj', attend(context.g, sizes, inputs).out);
}

function feedForward(context: LayerContext, config: TransformerTowerConfig, name: string, x: Value): Value {
  const [narrow, wide] = [config.hiddenSize, config.feedForwardSize];
  const first = { module: `${towerPrefix}.${name}.fc1`, inputSize: narrow, outputSize: wide, hasBias: true };
  const second = { module: `${towerPrefix}.${name}.fc2`, inputSize: wide, outputSize: narrow, hasBias: true };
  return linear(context, second, activate(context.g, config.activation, linear(context, first, x)));
}

function activate(g: GraphBuilder, activation: TowerActivation, x: Value): Value {
  switch (activation) {
    case 'quick_gelu':
      return mul(g, x, sigmoid(g, mul(g, x, 1.702)));
    case 'gelu':
      return gelu(g, x);
    case 'gelu_pytorch_tanh': {
      // (1 + tanh z) / 2 = sigmoid 2z: of ops that every backend computes alike, and none that overflows.
      const cubic = add(g, mul(g, mul(g, x, x), 0.044715), 1);
      return mul(g, x, sigmoid(g, mul(g, mul(g, x, cubic), 2 * Math.sqrt(2 / Math.PI))));
    }
    default:
      return activation satisfies never;
  }
}
