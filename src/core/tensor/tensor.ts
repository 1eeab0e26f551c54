/** @file A tensor on the host: plain data, row-major. */

import { StudioError } from '../error.ts';
import type { ArrayOf, DType } from './dtype.ts';
import { elementCount } from './shape.ts';

/** A dense row-major tensor on the host. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: ArrayOf[D];
}

/**
 * Makes a tensor after checking that data and shape agree.
 *
 * @throws {StudioError} 'shape-mismatch' when the number of elements differs
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: ArrayOf[D]): Tensor<D> {
  const expected = elementCount(shape);
  if (data.length !== expected) {
    throw new StudioError('shape-mismatch', `tensor: [${shape.join(', ')}] needs ${String(expected)} elements, got ${String(data.length)}`);
  }
  return { dtype, shape, data };
}

/** Makes a float32 tensor. */
export function float32(shape: readonly number[], data: Float32Array | readonly number[]): Tensor<'float32'> {
  return tensor('float32', shape, data instanceof Float32Array ? data : Float32Array.from(data));
}

/** Makes an int32 tensor. */
export function int32(shape: readonly number[], data: Int32Array | readonly number[]): Tensor<'int32'> {
  return tensor('int32', shape, data instanceof Int32Array ? data : Int32Array.from(data));
}
