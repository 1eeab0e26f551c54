/**
 * @file The field numbers and type codes of ONNX that graphs here use.
 *
 * @source onnx/onnx.proto of ONNX 1.18 (IR version 11, opset 23)
 */

import type { GraphDType } from '../graph/graph.ts';

/** The versions that encoded graphs declare. */
export const versions = { ir: 11, opset: 23, microsoft: 1 } as const;

/** Field numbers by message. */
export const fields = {
  model: { irVersion: 1, producer: 2, graph: 7, opsetImport: 8 },
  opset: { domain: 1, version: 2 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 },
  node: { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, float: 2, int: 3, string: 4, floats: 7, ints: 8, type: 20 },
  tensor: { dims: 1, dataType: 2, name: 8, rawData: 9, docString: 12, externalData: 13, dataLocation: 14 },
  entry: { key: 1, value: 2 },
  valueInfo: { name: 1, type: 2, docString: 3 },
  type: { tensor: 1 },
  tensorType: { elementType: 1, shape: 2 },
  shape: { dim: 1 },
  dim: { value: 1, parameter: 2 },
} as const;

/** Codes of AttributeProto.AttributeType. */
export const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

/** The code of TensorProto.DataLocation for bytes outside of the message. */
export const externalLocation = 1;

/** What the doc string of a weight begins with; the rest is its source, so that a graph can be read back. */
export const weightMark = 'weight:';

/**
 * Counts the bytes that a number of elements takes; two elements of 4 bits share a byte.
 *
 * @unit bytes
 */
export function packedBytes(dtype: GraphDType, count: number): number {
  return Math.ceil((count * bitsOf[dtype]) / 8);
}

const bitsOf: Readonly<Record<GraphDType, number>> = {
  float32: 32,
  float16: 16,
  int32: 32,
  int64: 64,
  int8: 8,
  uint8: 8,
  bool: 8,
  int4: 4,
  uint4: 4,
};
