/** @file Gradients of reductions, softmax and cumulative sums. */

import { int, numberAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Node, Value } from '../../graph/graph.ts';
import { cast, div, equal, expand, max, mul, reduceSum, reshape, sub } from '../../graph/math.ts';
import { elementCount, sameShape } from '../../tensor/shape.ts';
import { reducedShape } from '../../graph/ops/reduction.ts';
import { inputOf, knownOf, numericShape, outputOf, type GradientRule, type GradientRules } from '../rule.ts';

/** What a reduction's rule computes with; `dy` and `y` have a dimension of 1 where the reduction went over one. */
interface Reduced {
  readonly x: Value;
  readonly y: () => Value;
  readonly dy: Value;
  readonly axes: readonly number[];
}

function reduction(of: (g: GraphBuilder, reduced: Reduced) => Value): GradientRule {
  return (g, node, dy) => [
    () => {
      const x = inputOf(node, 0);
      const shape = numericShape(x);
      const axes = node.inputs[1] ? knownOf(g, node, 1) : shape.map((_, i) => i);
      const kept = reducedShape(shape, axes, true);
      const shaped = (value: Value): Value => (sameShape(value.shape, kept) ? value : reshape(g, value, kept));
      return of(g, { x, axes, y: () => shaped(outputOf(node)), dy: shaped(dy) });
    },
    null,
  ];
}

const spread = (g: GraphBuilder, { x }: Reduced, dy: Value): Value => expand(g, dy, numericShape(x));

function mean(g: GraphBuilder, reduced: Reduced): Value {
  const count = elementCount(numericShape(reduced.x)) / elementCount(numericShape(reduced.dy));
  return spread(g, reduced, mul(g, reduced.dy, 1 / count));
}

/** Equal extremes share the gradient, as in torch.amax. */
function extreme(g: GraphBuilder, { x, y, dy, axes }: Reduced): Value {
  const isExtreme = cast(g, equal(g, x, y()), 'float32');
  return mul(g, isExtreme, div(g, dy, reduceSum(g, isExtreme, axes)));
}

/** The smallest length that is divided by: the gradient of the length of a zero vector is 0. */
const leastLength = 1e-30;

const along = (node: Node, absent: number): number => numberAttribute(node.attributes, 'axis', absent);

/** y = softmax(x): dx = y (dy − Σ dy y) */
const softmaxRule: GradientRule = (g, node, dy) => [
  () => {
    const y = outputOf(node);
    return mul(g, y, sub(g, dy, reduceSum(g, mul(g, dy, y), [along(node, -1)])));
  },
];

/** A sum over what stands before gives a gradient summed over what stands behind. */
const cumSumRule: GradientRule = (g, node, dy) => [
  () => {
    const [reverse, exclusive] = [numberAttribute(node.attributes, 'reverse', 0), numberAttribute(node.attributes, 'exclusive', 0)];
    return g.add('CumSum', [dy, inputOf(node, 1)], { attributes: { reverse: int(1 - reverse), exclusive: int(exclusive) } });
  },
  null,
];

/** The gradients of the reductions. */
export const reductionRules: GradientRules = {
  CumSum: cumSumRule,
  ReduceL2: reduction((g, { x, y, dy }) => mul(g, x, div(g, dy, max(g, y(), leastLength)))),
  ReduceMax: reduction(extreme),
  ReduceMean: reduction(mean),
  ReduceMin: reduction(extreme),
  ReduceSum: reduction((g, reduced) => spread(g, reduced, reduced.dy)),
  ReduceSumSquare: reduction((g, { x, dy }) => mul(g, mul(g, x, 2), dy)),
  Softmax: softmaxRule,
};
