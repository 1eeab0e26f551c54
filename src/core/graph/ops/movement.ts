/** @file Shape rules of ops that move elements without computing. */

import { StudioError } from '../../error.ts';
import { broadcastShapes, elementCount, normalizeAxis, type Dim, type Shape } from '../../tensor/shape.ts';
import { intsAttribute, numberAttribute } from '../attribute.ts';
import type { OpDef } from '../op.ts';
import { input, knownInput, sameType } from './rule.ts';

const reshape: OpDef = {
  op: 'Reshape',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    const shape = context.wanted ?? knownInput('Reshape', context, 1);
    if (isNumeric(x.shape) && isNumeric(shape) && elementCount(x.shape) !== elementCount(shape)) {
      throw new StudioError('shape-mismatch', `Reshape: [${x.shape.join(', ')}] has not the elements of [${shape.join(', ')}] (${x.name})`);
    }
    return [{ dtype: x.dtype, shape }];
  },
};

const transpose: OpDef = {
  op: 'Transpose',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    const order = intsAttribute(context.attributes, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
    if (order.length !== x.shape.length || new Set(order).size !== order.length) {
      throw new StudioError(
        'shape-mismatch',
        `Transpose: [${order.join(', ')}] is no order of ${String(x.shape.length)} dimensions (${x.name})`,
      );
    }
    return [{ dtype: x.dtype, shape: order.map((axis) => x.shape[normalizeAxis(axis, x.shape.length)] ?? 1) }];
  },
};

const concat: OpDef = {
  op: 'Concat',
  domain: '',
  infer: (context) => {
    const first = input(context, 0);
    const axis = normalizeAxis(numberAttribute(context.attributes, 'axis', 0), first.shape.length);
    const parts = context.inputs.map((_, i) => input(context, i).shape);
    for (const part of parts) {
      if (part.length !== first.shape.length || part.some((dim, i) => i !== axis && dim !== first.shape[i])) {
        throw new StudioError(
          'shape-mismatch',
          `Concat: [${part.join(', ')}] does not go with [${first.shape.join(', ')}] along axis ${String(axis)}`,
        );
      }
    }
    const joined = context.wanted?.[axis] ?? sumDims(parts.map((part) => part[axis] ?? 1));
    return [{ dtype: sameType('Concat', context), shape: first.shape.map((dim, i) => (i === axis ? joined : dim)) }];
  },
};

const slice: OpDef = {
  op: 'Slice',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    if (context.wanted) return [{ dtype: x.dtype, shape: context.wanted }];
    const [starts, ends] = [knownInput('Slice', context, 1), knownInput('Slice', context, 2)];
    const axes = context.inputs[3] ? knownInput('Slice', context, 3) : starts.map((_, i) => i);
    const steps = context.inputs[4] ? knownInput('Slice', context, 4) : [];
    const shape: Dim[] = [...x.shape];
    axes.forEach((given, i) => {
      const axis = normalizeAxis(given, shape.length);
      const dim = shape[axis];
      if (typeof dim !== 'number')
        throw new StudioError('shape-mismatch', `Slice: axis ${String(axis)} of ${x.name} is ${String(dim)}; say the wanted shape`);
      const at = (edge: number): number => Math.min(Math.max(edge < 0 ? edge + dim : edge, 0), dim);
      shape[axis] = Math.ceil(Math.max(at(ends[i] ?? 0) - at(starts[i] ?? 0), 0) / (steps[i] ?? 1));
    });
    return [{ dtype: x.dtype, shape }];
  },
};

const expand: OpDef = {
  op: 'Expand',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    return [{ dtype: x.dtype, shape: broadcastShapes(x.shape, context.wanted ?? knownInput('Expand', context, 1)) }];
  },
};

const unsqueeze: OpDef = {
  op: 'Unsqueeze',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    const axes = knownInput('Unsqueeze', context, 1);
    const rank = x.shape.length + axes.length;
    const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
    const rest = [...x.shape];
    return [{ dtype: x.dtype, shape: Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? 1))) }];
  },
};

const squeeze: OpDef = {
  op: 'Squeeze',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    const gone = new Set(knownInput('Squeeze', context, 1).map((axis) => normalizeAxis(axis, x.shape.length)));
    return [{ dtype: x.dtype, shape: x.shape.filter((_, i) => !gone.has(i)) }];
  },
};

const pad: OpDef = {
  op: 'Pad',
  domain: '',
  infer: (context) => {
    const x = input(context, 0);
    const pads = knownInput('Pad', context, 1);
    const rank = x.shape.length;
    const shape = x.shape.map((dim, i) => {
      const more = (pads[i] ?? 0) + (pads[i + rank] ?? 0);
      if (more === 0) return dim;
      if (typeof dim !== 'number') throw new StudioError('shape-mismatch', `Pad: dimension ${dim} of ${x.name} is not known`);
      return dim + more;
    });
    return [{ dtype: x.dtype, shape }];
  },
};

/** Tells whether every dimension is a number. */
export function isNumeric(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number');
}

function sumDims(dims: readonly Dim[]): Dim {
  if (isNumeric(dims)) return dims.reduce((sum, dim) => sum + dim, 0);
  return dims.filter((dim) => dim !== 0).join('+');
}

/** The movements. */
export const movement: readonly OpDef[] = [reshape, transpose, concat, slice, expand, unsqueeze, squeeze, pad];
