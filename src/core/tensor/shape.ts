/**
 * @file Shape arithmetic.
 *
 * The letters of dimensions, one list for the whole project: B batch, S sequence, P patches, T soft tokens, E hidden,
 * H heads, D head width, V vocabulary, R rank, N and M free.
 */

import { StudioError } from '../error.ts';

/** One dimension of a value in a graph: a number, or the name of a size known only when the graph runs. */
export type Dim = number | string;

/** Dimensions of a value in a graph, outermost first. */
export type Shape = readonly Dim[];

/**
 * Counts the elements of a shape.
 *
 * @throws {StudioError} 'shape-mismatch' when a dimension is no whole number from 0, or the product is no safe integer
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dim of shape) {
    if (!Number.isSafeInteger(dim) || dim < 0)
      throw new StudioError('shape-mismatch', `elementCount: ${String(dim)} is no dimension in [${shape.join(', ')}]`);
    count *= dim;
  }
  if (!Number.isSafeInteger(count))
    throw new StudioError('shape-mismatch', `elementCount: [${shape.join(', ')}] has more elements than can be counted`);
  return count;
}

/** Tells whether two shapes are the same, symbols included. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/**
 * Joins two shapes by the broadcast rules of NumPy and ONNX; a symbol meets only itself or 1.
 *
 * @throws {StudioError} 'shape-mismatch' naming the two shapes
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new StudioError(
      'shape-mismatch',
      `broadcast: [${a.join(', ')}] and [${b.join(', ')}] do not go together at dimension ${String(i)}`,
    );
  });
}

/**
 * Turns a possibly negative axis into one from 0.
 *
 * @throws {StudioError} 'shape-mismatch' when the axis is outside of the rank
 */
export function normalizeAxis(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(result) || result < 0 || result >= rank)
    throw new StudioError('shape-mismatch', `axis ${String(axis)} is outside of rank ${String(rank)}`);
  return result;
}
