/** @file Gradients of gathers and scatters: what was picked several times gets the sum. */

import { int, numberAttribute, text, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { expand, fill, mul, reshape } from '../../graph/math.ts';
import { elementCount, normalizeAxis } from '../../tensor/shape.ts';
import { formUnsupported, inputOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';

/** Adds updates to zeros at the places that indices of the same shape name along an axis. */
function scatterSum(
  g: GraphBuilder,
  shape: readonly number[],
  axis: number,
  from: { readonly indices: Value; readonly updates: Value },
): Value {
  return g.add('ScatterElements', [fill(g, 0, shape), from.indices, from.updates], {
    attributes: { axis: int(axis), reduction: text('add') },
  });
}

const gatherRule: GradientRule = (g, node, dy) => [
  () => {
    const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
    const shape = numericShape(x);
    const axis = normalizeAxis(numberAttribute(node.attributes, 'axis', 0), shape.length);
    const [outer, size, inner] = [elementCount(shape.slice(0, axis)), shape[axis] ?? 1, elementCount(shape.slice(axis + 1))];
    const picks = elementCount(numericShape(indices));
    const updates = reshape(g, dy, [outer, picks, inner]);
    const places = expand(g, reshape(g, indices, [1, picks, 1]), [outer, picks, inner]);
    return reshape(g, scatterSum(g, [outer, size, inner], 1, { indices: places, updates }), shape);
  },
  null,
];

const gatherElementsRule: GradientRule = (g, node, dy) => [
  () => {
    const x = inputOf(node, 0);
    return scatterSum(g, numericShape(x), numberAttribute(node.attributes, 'axis', 0), { indices: inputOf(node, 1), updates: dy });
  },
  null,
];

/** Data gets the gradient except where it was overwritten, updates what they wrote or added. */
const scatterElementsRule: GradientRule = (g, node, dy) => {
  const [indices, updates] = [inputOf(node, 1), inputOf(node, 2)];
  const axis = int(numberAttribute(node.attributes, 'axis', 0));
  const reduction = textAttribute(node.attributes, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw formUnsupported(node, `with reduction ${reduction}`);
  return [
    () => (reduction === 'add' ? dy : g.add('ScatterElements', [dy, indices, fill(g, 0, numericShape(updates))], { attributes: { axis } })),
    null,
    () => g.add('GatherElements', [dy, indices], { attributes: { axis } }),
  ];
};

/** Only the data, and only where nothing is overwritten: with reduction `none` by a mask, with `add` unchanged. */
const scatterNdRule: GradientRule = (g, node, dy) => {
  const [data, indices, updates] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const reduction = textAttribute(node.attributes, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw formUnsupported(node, `with reduction ${reduction}`);
  const kept = (): Value => g.add('ScatterND', [fill(g, 1, numericShape(data)), indices, fill(g, 0, numericShape(updates))]);
  return [() => (reduction === 'add' ? dy : mul(g, dy, kept())), null, null];
};

/** The gradients of the gathers and scatters. */
export const indexingRules: GradientRules = {
  Gather: gatherRule,
  GatherElements: gatherElementsRule,
  ScatterElements: scatterElementsRule,
  ScatterND: scatterNdRule,
};
