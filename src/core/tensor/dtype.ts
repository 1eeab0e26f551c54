/** @file Element types of tensors and the typed arrays that hold them. */

import { StudioError } from '../error.ts';

/** Element types that a tensor on the host can have. */
export type DType =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int32'
  | 'int64'
  | 'int8'
  | 'int16'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'bool';

/** The typed array that holds elements of a type; 16-bit floats are kept as their bits, booleans as bytes. */
export interface ArrayOf {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly float16: Uint16Array;
  readonly bfloat16: Uint16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly int16: Int16Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly bool: Uint8Array;
}

const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int32: 4,
  int64: 8,
  int8: 1,
  int16: 2,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  bool: 1,
};

/**
 * Gives the size of one element.
 *
 * @unit bytes
 */
export function elementBytes(dtype: DType): number {
  return bytesPerElement[dtype];
}

/**
 * Views bytes as elements of a type, without a copy where alignment allows it and with one where it does not.
 *
 * @throws {StudioError} 'file-invalid' when the length is no multiple of the element size
 */
export function viewAs<D extends DType>(dtype: D, bytes: Uint8Array): ArrayOf[D] {
  const size = elementBytes(dtype);
  if (bytes.byteLength % size !== 0) {
    throw new StudioError('file-invalid', `viewAs: ${String(bytes.byteLength)} bytes are no whole number of ${dtype} elements`);
  }
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const count = bytes.byteLength / size;
  const views: { [K in DType]: () => ArrayOf[K] } = {
    float32: () => new Float32Array(buffer, byteOffset, count),
    float64: () => new Float64Array(buffer, byteOffset, count),
    float16: () => new Uint16Array(buffer, byteOffset, count),
    bfloat16: () => new Uint16Array(buffer, byteOffset, count),
    int32: () => new Int32Array(buffer, byteOffset, count),
    int64: () => new BigInt64Array(buffer, byteOffset, count),
    int16: () => new Int16Array(buffer, byteOffset, count),
    int8: () => new Int8Array(buffer, byteOffset, count),
    uint8: () => new Uint8Array(buffer, byteOffset, count),
    uint16: () => new Uint16Array(buffer, byteOffset, count),
    uint32: () => new Uint32Array(buffer, byteOffset, count),
    bool: () => new Uint8Array(buffer, byteOffset, count),
  };
  return views[dtype]();
}
