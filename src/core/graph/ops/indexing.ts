/** @file Shape rules of gathers and scatters. */

import { StudioError } from '../../error.ts';
import { normalizeAxis } from '../../tensor/shape.ts';
import { numberAttribute } from '../attribute.ts';
import type { OpDef } from '../op.ts';
import { input } from './rule.ts';

const gather: OpDef = {
  op: 'Gather',
  domain: '',
  infer: (context) => {
    const [x, indices] = [input(context, 0), input(context, 1)];
    if (indices.dtype !== 'int32' && indices.dtype !== 'int64')
      throw new StudioError('shape-mismatch', `Gather: indices are ${indices.dtype} (${indices.name})`);
    const axis = normalizeAxis(numberAttribute(context.attributes, 'axis', 0), x.shape.length);
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
};

function scatter(op: string): OpDef {
  return { op, domain: '', infer: (context) => [{ dtype: input(context, 0).dtype, shape: input(context, 0).shape }] };
}

const gatherElements: OpDef = {
  op: 'GatherElements',
  domain: '',
  infer: (context) => [{ dtype: input(context, 0).dtype, shape: input(context, 1).shape }],
};

/** The gathers and scatters. */
export const indexing: readonly OpDef[] = [gather, gatherElements, scatter('ScatterElements'), scatter('ScatterND')];
