/** @file Shape rules of matrix products. */

import { StudioError } from '../../error.ts';
import { broadcastShapes, type Dim, type Shape } from '../../tensor/shape.ts';
import { numberAttribute } from '../attribute.ts';
import type { OpDef } from '../op.ts';
import { input, sameType } from './rule.ts';

function requireInner(op: string, left: Dim | undefined, right: Dim | undefined, names: string): void {
  if (left !== right) throw new StudioError('shape-mismatch', `${op}: inner sizes differ, ${String(left)} and ${String(right)} (${names})`);
}

const matMul: OpDef = {
  op: 'MatMul',
  domain: '',
  infer: (context) => {
    const [a, b] = [input(context, 0), input(context, 1)];
    if (a.shape.length < 2 || b.shape.length < 2)
      throw new StudioError('shape-mismatch', `MatMul: expects two dimensions or more (${a.name}, ${b.name})`);
    requireInner('MatMul', a.shape.at(-1), b.shape.at(-2), `${a.name}, ${b.name}`);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const tail: Shape = [a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1];
    return [{ dtype: sameType('MatMul', context), shape: [...batch, ...tail] }];
  },
};

const gemm: OpDef = {
  op: 'Gemm',
  domain: '',
  infer: (context) => {
    const [a, b] = [input(context, 0), input(context, 1)];
    if (a.shape.length !== 2 || b.shape.length !== 2)
      throw new StudioError('shape-mismatch', `Gemm: expects matrices (${a.name}, ${b.name})`);
    const [m, k] = numberAttribute(context.attributes, 'transA', 0) ? [a.shape[1], a.shape[0]] : [a.shape[0], a.shape[1]];
    const [inner, n] = numberAttribute(context.attributes, 'transB', 0) ? [b.shape[1], b.shape[0]] : [b.shape[0], b.shape[1]];
    requireInner('Gemm', k, inner, `${a.name}, ${b.name}`);
    return [{ dtype: sameType('Gemm', context), shape: [m ?? 1, n ?? 1] }];
  },
};

/** The matrix products. */
export const linalg: readonly OpDef[] = [matMul, gemm];
