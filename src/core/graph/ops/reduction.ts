/** @file Shape rules of reductions, normalisations along an axis and cumulative sums. */

import { normalizeAxis, type Shape } from '../../tensor/shape.ts';
import { numberAttribute } from '../attribute.ts';
import type { OpDef } from '../op.ts';
import { input, knownInput } from './rule.ts';

/** Gives the shape that is left after reducing axes; no axes means all. */
export function reducedShape(shape: Shape, axes: readonly number[] | null, keepDims: boolean): Shape {
  const reduced = new Set(axes ? axes.map((axis) => normalizeAxis(axis, shape.length)) : shape.map((_, i) => i));
  if (keepDims) return shape.map((dim, i) => (reduced.has(i) ? 1 : dim));
  return shape.filter((_, i) => !reduced.has(i));
}

function reduce(op: string): OpDef {
  return {
    op,
    domain: '',
    infer: (context) => {
      const x = input(context, 0);
      const axes = context.inputs[1] ? knownInput(op, context, 1) : null;
      return [{ dtype: x.dtype, shape: reducedShape(x.shape, axes, numberAttribute(context.attributes, 'keepdims', 1) === 1) }];
    },
  };
}

function along(op: string): OpDef {
  return { op, domain: '', infer: (context) => [{ dtype: input(context, 0).dtype, shape: input(context, 0).shape }] };
}

const argMax: OpDef = {
  op: 'ArgMax',
  domain: '',
  infer: (context) => {
    const keepDims = numberAttribute(context.attributes, 'keepdims', 1) === 1;
    return [{ dtype: 'int64', shape: reducedShape(input(context, 0).shape, [numberAttribute(context.attributes, 'axis', 0)], keepDims) }];
  },
};

/** The reductions. */
export const reduction: readonly OpDef[] = [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceSumSquare', 'ReduceL2'].map(reduce),
  along('Softmax'),
  along('CumSum'),
  argMax,
];
