/** @file Shape rules of the larger ops of neural networks: convolution, pooling, normalisation, rotary positions, resizing. */

import { StudioError } from '../../error.ts';
import type { Dim } from '../../tensor/shape.ts';
import { intsAttribute, textAttribute } from '../attribute.ts';
import type { OpDef } from '../op.ts';
import { input } from './rule.ts';

function likeFirst(op: string, domain: OpDef['domain'] = ''): OpDef {
  return { op, domain, infer: (context) => [{ dtype: input(context, 0).dtype, shape: input(context, 0).shape }] };
}

/** `x [B, C, H, W]`, `w [M, C / group, kH, kW]`; only padding given as numbers or SAME_UPPER. */
const conv: OpDef = {
  op: 'Conv',
  domain: '',
  infer: (context) => {
    const [x, w] = [input(context, 0), input(context, 1)];
    const strides = intsAttribute(context.attributes, 'strides') ?? [1, 1];
    const pads = intsAttribute(context.attributes, 'pads') ?? [0, 0, 0, 0];
    const isSame = textAttribute(context.attributes, 'auto_pad', 'NOTSET') === 'SAME_UPPER';
    const side = (i: 0 | 1): Dim => {
      const [size, kernel, stride] = [x.shape[i + 2], w.shape[i + 2], strides[i] ?? 1];
      if (typeof size !== 'number' || typeof kernel !== 'number')
        throw new StudioError('shape-mismatch', `Conv: sides of ${x.name} must be known`);
      if (isSame) return Math.ceil(size / stride);
      return Math.floor((size + (pads[i] ?? 0) + (pads[i + 2] ?? 0) - kernel) / stride) + 1;
    };
    return [{ dtype: x.dtype, shape: [x.shape[0] ?? 1, w.shape[0] ?? 1, side(0), side(1)] }];
  },
};

const resize: OpDef = {
  op: 'Resize',
  domain: '',
  infer: (context) => {
    if (!context.wanted) throw new StudioError('internal', 'internal: Resize needs the wanted shape');
    return [{ dtype: input(context, 0).dtype, shape: context.wanted }];
  },
};

/** The larger ops. */
export const nn: readonly OpDef[] = [
  conv,
  resize,
  likeFirst('LayerNormalization'),
  likeFirst('RMSNormalization'),
  likeFirst('RotaryEmbedding'),
];
