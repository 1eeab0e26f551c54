/** @file Gradients of ops that move elements without computing: the way back. */

import { intsAttribute, numberAttribute, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { reshape, slice, transpose } from '../../graph/math.ts';
import { normalizeAxis } from '../../tensor/shape.ts';
import { formUnsupported, inputOf, knownOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';

/** The same elements in the input's shape. */
const reshaped: GradientRule = (g, node, dy) => [() => reshape(g, dy, numericShape(inputOf(node, 0)))];

const transposeRule: GradientRule = (g, node, dy) => {
  const rank = dy.shape.length;
  const order = intsAttribute(node.attributes, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return [
    () =>
      transpose(
        g,
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      ),
  ];
};

const concatRule: GradientRule = (g, node, dy) => {
  const axis = normalizeAxis(numberAttribute(node.attributes, 'axis', 0), dy.shape.length);
  let end = 0;
  return node.inputs.map((_, i) => {
    const start = end;
    end += numericShape(inputOf(node, i))[axis] ?? 0;
    const range = { axis, start, end };
    return () => slice(g, dy, range);
  });
};

const sliceRule: GradientRule = (g, node, dy) => {
  const shape = numericShape(inputOf(node, 0));
  const [starts, ends] = [knownOf(g, node, 1), knownOf(g, node, 2)];
  const axes = node.inputs[3] ? knownOf(g, node, 3) : starts.map((_, i) => i);
  if (node.inputs[4] && knownOf(g, node, 4).some((step) => step !== 1)) throw formUnsupported(node, 'with steps');
  const before = shape.map(() => 0);
  const after = shape.map(() => 0);
  axes.forEach((given, i) => {
    const axis = normalizeAxis(given, shape.length);
    const size = shape[axis] ?? 0;
    const at = (edge: number): number => Math.min(Math.max(edge < 0 ? edge + size : edge, 0), size);
    before[axis] = at(starts[i] ?? 0);
    after[axis] = size - at(ends[i] ?? 0);
  });
  return [() => pad(g, dy, [...before, ...after])];
};

function pad(g: GraphBuilder, x: Value, pads: readonly number[]): Value {
  return pads.every((count) => count === 0) ? x : g.add('Pad', [x, g.int64s(pads), g.scalar(0)]);
}

const padRule: GradientRule = (g, node, dy) => {
  if (textAttribute(node.attributes, 'mode', 'constant') !== 'constant') throw formUnsupported(node, 'other than with a constant');
  const pads = knownOf(g, node, 1);
  const shape = numericShape(inputOf(node, 0));
  return [
    () =>
      shape.reduce((cut, size, axis) => {
        const start = pads[axis] ?? 0;
        return dy.shape[axis] === size ? cut : slice(g, cut, { axis, start, end: start + size });
      }, dy),
  ];
};

/** The repeated gradient is summed where `backward` undoes broadcasting. */
const expandRule: GradientRule = (_g, _node, dy) => [() => dy];

/** The gradients of the movements. */
export const movementRules: GradientRules = {
  Concat: concatRule,
  Expand: expandRule,
  Pad: padRule,
  Reshape: reshaped,
  Slice: sliceRule,
  Squeeze: reshaped,
  Transpose: transposeRule,
  Unsqueeze: reshaped,
};
