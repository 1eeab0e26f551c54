/** @file The numbers by which ONNX tells element types apart. */

import type { GraphDType } from './graph.ts';

/** ONNX's numbers of element types, in tensors and as the attribute `to` of Cast. @source onnx TensorProto.DataType */
export const onnxTypeNumber: Readonly<Record<GraphDType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  uint4: 21,
  int4: 22,
};
