/** @file Rotary positions. */

import { int } from '../graph/attribute.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** Cosines and sines of the angles of each position. @shape both [B, S, D / 2] */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
}

/** What the angles depend on. */
export interface RopeOptions {
  readonly headWidth: number;
  readonly theta: number;
}

/**
 * Computes the rotation of positions on the host. onnxruntime-web's GPU has no sine at the opset of these graphs, and positions are
 * known before a step runs: so computed, no step waits for the processor.
 *
 * @source Su et al. 2021, arxiv.org/abs/2104.09864; halves as in transformers' LlamaRotaryEmbedding
 * @shape positions [N] → both [N, D / 2]
 */
export function hostRotation(
  positions: readonly number[],
  options: RopeOptions,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const steps = frequencies(options);
  const angles = Float32Array.from({ length: positions.length * steps.length }, (_, i) => {
    return (positions[Math.floor(i / steps.length)] ?? 0) * (steps[i % steps.length] ?? 0);
  });
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
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

function frequencies({ headWidth, theta }: RopeOptions): Float32Array {
  const half = headWidth / 2;
  return Float32Array.from({ length: half }, (_, i) => Math.fround(1 / Math.fround(theta ** (i / half))));
}
