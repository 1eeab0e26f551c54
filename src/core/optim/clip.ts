/** @file Gradients of all parameters taken together: their length, a bound on it, and their sum over several batches. */

import { present } from '../error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, div, min, mul, sqrt } from '../graph/math.ts';

/**
 * Gives the Euclidean length of all gradients as if they were one vector.
 *
 * @shape → []
 */
export function globalNorm(g: GraphBuilder, gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => reduceSquares(g, gradient));
  const [first, ...rest] = squares;
  // A chain of Add: Sum of many inputs leaves the GPU.
  return sqrt(
    g,
    rest.reduce((sum, square) => add(g, sum, square), present(first, 'no gradients')),
  );
}

function reduceSquares(g: GraphBuilder, gradient: Value): Value {
  const axes = gradient.shape.map((_, i) => i);
  return axes.length === 0
    ? mul(g, gradient, gradient)
    : g.add('ReduceSumSquare', [gradient, g.int64s(axes)], { attributes: { keepdims: { kind: 'int', value: 0 } } });
}

/**
 * Shortens all gradients by one factor, so that together they are no longer than a bound.
 *
 * @source torch.nn.utils.clip_grad_norm_ 2.15: min(1, largest / (norm + 1e-6))
 */
export function clipByGlobalNorm(
  g: GraphBuilder,
  gradients: readonly Value[],
  bound: { readonly norm: Value; readonly largest: number },
): readonly Value[] {
  const factor = min(g, div(g, bound.largest, add(g, bound.norm, 1e-6)), 1);
  return gradients.map((gradient) => mul(g, gradient, factor));
}

/** Adds the gradients of one more batch to the sums of those before. */
export function accumulate(g: GraphBuilder, sums: readonly Value[], gradients: readonly Value[]): readonly Value[] {
  return gradients.map((gradient, i) => add(g, present(sums[i], 'fewer sums than gradients'), gradient));
}
