/** @file Rotary positions. */

import { int } from '../graph/attribute.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { cos, mul, sin, unsqueeze } from '../graph/math.ts';
import { float32 } from '../tensor/tensor.ts';

/** Cosines and sines of the angles of each position. @shape both [B, S, D / 2] */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Computes the rotation of each position, once for all layers.
 *
 * @shape positions float32 [B, S]
 * @source Su et al. 2021, arxiv.org/abs/2104.09864; halves as in transformers' LlamaRotaryEmbedding
 */
export function rotation(g: GraphBuilder, positions: Value, options: { readonly headWidth: number; readonly theta: number }): Rotation {
  const half = options.headWidth / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.fround(1 / Math.fround(options.theta ** (i / half))));
  const angles = mul(g, unsqueeze(g, positions, [2]), g.constant(float32([1, 1, half], frequencies))); // [B, S, D / 2]
  return { cos: cos(g, angles), sin: sin(g, angles) };
}

/**
 * Rotates the heads of queries or keys.
 *
 * @shape x [B, S, H · D] → the same
 * @source ONNX RotaryEmbedding-23, not interleaved
 */
export function rotate(g: GraphBuilder, x: Value, turn: Rotation, heads: number): Value {
  return g.add('RotaryEmbedding', [x, turn.cos, turn.sin], { attributes: { num_heads: int(heads), interleaved: int(0) } });
}
