/** @file How much the weights of a graph take where it runs. */

import { packedBytes } from '../core/codec/onnx-schema.ts';
import type { Graph } from '../core/graph/graph.ts';
import { elementCount } from '../core/tensor/shape.ts';

/** Adds up a graph's weights in the form that it computes with, each source once. @unit bytes */
export function graphWeightBytes({ weights }: Graph): number {
  const bySource = new Map(weights.map(({ source, value }) => [source, packedBytes(value.dtype, elementCount(value.shape.map(Number)))]));
  return [...bySource.values()].reduce((sum, bytes) => sum + bytes, 0);
}
