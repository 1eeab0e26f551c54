/** @file Shape rules of ops that work element by element, with broadcasting. */

import { StudioError } from '../../error.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import { numberAttribute } from '../attribute.ts';
import type { GraphDType, Value } from '../graph.ts';
import type { InferContext, OpDef, OutputType } from '../op.ts';
import { onnxTypeNumber } from '../type-number.ts';
import { input, sameType } from './rule.ts';

function unary(op: string, domain: OpDef['domain'] = ''): OpDef {
  return { op, domain, infer: (context) => [typeOf(input(context, 0))] };
}

function binary(op: string): OpDef {
  return { op, domain: '', infer: (context) => [{ dtype: sameType(op, context), shape: broadcast(context) }] };
}

function comparison(op: string): OpDef {
  return { op, domain: '', infer: (context) => (sameType(op, context), [{ dtype: 'bool', shape: broadcast(context) }]) };
}

function typeOf(value: Value): OutputType {
  return { dtype: value.dtype, shape: value.shape };
}

function broadcast(context: InferContext): Value['shape'] {
  return context.inputs.reduce<Value['shape']>((shape, value) => (value ? broadcastShapes(shape, value.shape) : shape), []);
}

const where: OpDef = {
  op: 'Where',
  domain: '',
  infer: (context) => {
    const [condition, yes, no] = [input(context, 0), input(context, 1), input(context, 2)];
    if (condition.dtype !== 'bool' || yes.dtype !== no.dtype) {
      throw new StudioError(
        'shape-mismatch',
        `Where: expects bool and two values of one type, got ${condition.dtype}, ${yes.dtype}, ${no.dtype}`,
      );
    }
    return [{ dtype: yes.dtype, shape: broadcast(context) }];
  },
};

const cast: OpDef = {
  op: 'Cast',
  domain: '',
  infer: (context) => {
    const to = numberAttribute(context.attributes, 'to', 0);
    const entry = (Object.keys(onnxTypeNumber) as GraphDType[]).find((name) => onnxTypeNumber[name] === to);
    if (entry === undefined) throw new StudioError('op-unsupported', `Cast: no element type has the number ${String(to)}`);
    return [{ dtype: entry, shape: input(context, 0).shape }];
  },
};

/** The elementwise ops. */
export const elementwise: readonly OpDef[] = [
  ...[
    'Abs',
    'Cos',
    'Erf',
    'Exp',
    'Floor',
    'Identity',
    'Log',
    'Neg',
    'Reciprocal',
    'Relu',
    'Sigmoid',
    'Sin',
    'Softplus',
    'Sqrt',
    'Tanh',
    'Gelu',
    'Not',
  ].map((op) => unary(op)),
  unary('QuickGelu', 'com.microsoft'),
  unary('Clip'),
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'And', 'Or'].map((op) => binary(op)),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map((op) => comparison(op)),
  where,
  cast,
];
