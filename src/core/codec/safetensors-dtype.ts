/** @file The names that safetensors has for element types. */

import type { DType } from '../tensor/dtype.ts';

/** The format's name of each type. */
export const namesOfDTypes: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

/** The type of each of the format's names; 8-bit floats and unsigned 64-bit numbers are not among them. */
export const dtypesByName: ReadonlyMap<string, DType> = new Map(
  Object.entries(namesOfDTypes).map(([dtype, name]) => [name, dtype as DType]),
);
