/** @file Shape rules of ops on block-quantised matrices. */

import { numberAttribute } from '../attribute.ts';
import { normalizeAxis } from '../../tensor/shape.ts';
import type { OpDef } from '../op.ts';
import { input } from './rule.ts';
import { StudioError } from '../../error.ts';

/** `a [..., K] x dequantised(b [N, K / block, bytes])^T`; @source onnxruntime contrib op MatMulNBits, 1.30 */
const matMulNBits: OpDef = {
  op: 'MatMulNBits',
  domain: 'com.microsoft',
  infer: (context) => {
    const a = input(context, 0);
    const [k, n] = [numberAttribute(context.attributes, 'K', 0), numberAttribute(context.attributes, 'N', 0)];
    if (a.shape.at(-1) !== k)
      throw new StudioError(
        'shape-mismatch',
        `MatMulNBits: ${a.name} has ${String(a.shape.at(-1))} columns, the weight ${String(k)} (${input(context, 1).name})`,
      );
    return [{ dtype: a.dtype, shape: [...a.shape.slice(0, -1), n] }];
  },
};

/** @source onnxruntime contrib op GatherBlockQuantized, 1.30: data uint8 holds 8 / bits values a byte along the last axis */
const gatherBlockQuantized: OpDef = {
  op: 'GatherBlockQuantized',
  domain: 'com.microsoft',
  infer: (context) => {
    const [data, indices, scales] = [input(context, 0), input(context, 1), input(context, 2)];
    const perByte = data.dtype === 'uint8' ? 8 / numberAttribute(context.attributes, 'bits', 4) : 1;
    const axis = normalizeAxis(numberAttribute(context.attributes, 'gather_axis', 0), data.shape.length);
    const width = Number(data.shape.at(-1)) * perByte;
    return [{ dtype: scales.dtype, shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1, -1), width] }];
  },
};

const dequantizeLinear: OpDef = {
  op: 'DequantizeLinear',
  domain: '',
  infer: (context) => [{ dtype: input(context, 1).dtype, shape: input(context, 0).shape }],
};

/** The ops on quantised values. */
export const quant: readonly OpDef[] = [matMulNBits, gatherBlockQuantized, dequantizeLinear];
