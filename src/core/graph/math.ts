/** @file The ops by the names one says aloud: thin functions over `GraphBuilder.add`, so that formulas read as formulas. */

import { StudioError } from '../error.ts';
import type { Shape } from '../tensor/shape.ts';
import { float, int, ints, text } from './attribute.ts';
import type { GraphBuilder } from './builder.ts';
import type { GraphDType, Value } from './graph.ts';
import { onnxTypeNumber } from './type-number.ts';

/** A value, or a number that becomes a float constant. */
export type Operand = Value | number;

function operand(g: GraphBuilder, x: Operand, like: GraphDType = 'float32'): Value {
  return typeof x === 'number' ? g.scalar(x, like === 'int32' ? 'int32' : 'float32') : x;
}

function pair(g: GraphBuilder, op: string, operands: readonly [Operand, Operand]): Value {
  const [a, b] = operands;
  const like = typeof a === 'number' ? (typeof b === 'number' ? 'float32' : b.dtype) : a.dtype;
  return g.add(op, [operand(g, a, like), operand(g, b, like)]);
}

/** Adds, with broadcasting. */
export const add = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Add', [a, b]);
/** Subtracts, with broadcasting. */
export const sub = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Sub', [a, b]);
/** Multiplies, with broadcasting. */
export const mul = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Mul', [a, b]);
/** Divides, with broadcasting. */
export const div = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Div', [a, b]);
/** Takes the larger, with broadcasting. */
export const max = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Max', [a, b]);
/** Takes the smaller, with broadcasting. */
export const min = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Min', [a, b]);
/** Raises to a power, with broadcasting. */
export const pow = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Pow', [a, b]);
/** Compares: a = b. */
export const equal = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Equal', [a, b]);
/** Compares: a ≤ b. */
export const lessOrEqual = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'LessOrEqual', [a, b]);
/** Compares: a > b. */
export const greater = (g: GraphBuilder, a: Operand, b: Operand): Value => pair(g, 'Greater', [a, b]);
/** Both of two booleans. */
export const and = (g: GraphBuilder, a: Value, b: Value): Value => g.add('And', [a, b]);

/** Changes the sign. */
export const neg = (g: GraphBuilder, x: Value): Value => g.add('Neg', [x]);
/** e to the x. */
export const exp = (g: GraphBuilder, x: Value): Value => g.add('Exp', [x]);
/** Natural logarithm. */
export const log = (g: GraphBuilder, x: Value): Value => g.add('Log', [x]);
/** Square root. */
export const sqrt = (g: GraphBuilder, x: Value): Value => g.add('Sqrt', [x]);
/** 1 / x. */
export const reciprocal = (g: GraphBuilder, x: Value): Value => g.add('Reciprocal', [x]);
/** 1 / (1 + e^-x). */
export const sigmoid = (g: GraphBuilder, x: Value): Value => g.add('Sigmoid', [x]);
/** Hyperbolic tangent. */
export const tanh = (g: GraphBuilder, x: Value): Value => g.add('Tanh', [x]);
/** Gauss error function. */
export const erf = (g: GraphBuilder, x: Value): Value => g.add('Erf', [x]);
/** x · Φ(x), exactly or by tanh. @source ONNX Gelu-20 */
export function gelu(g: GraphBuilder, x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return g.add('Gelu', [x], { attributes: { approximate: text(approximate) } });
}
/** Sine of radians. */
export const sin = (g: GraphBuilder, x: Value): Value => g.add('Sin', [x]);
/** Cosine of radians. */
export const cos = (g: GraphBuilder, x: Value): Value => g.add('Cos', [x]);

/** Picks from two values by a boolean, with broadcasting. */
export function where(g: GraphBuilder, condition: Value, choice: { readonly yes: Operand; readonly no: Operand }): Value {
  return g.add('Where', [condition, operand(g, choice.yes), operand(g, choice.no)]);
}

/** Changes the element type. */
export function cast(g: GraphBuilder, x: Value, to: GraphDType): Value {
  return x.dtype === to ? x : g.add('Cast', [x], { attributes: { to: int(onnxTypeNumber[to]) } });
}

/** Multiplies matrices, with broadcasting over the leading dimensions. */
export const matMul = (g: GraphBuilder, a: Value, b: Value): Value => g.add('MatMul', [a, b]);

/** Multiplies two matrices, either of them transposed if wanted. */
export function gemm(
  g: GraphBuilder,
  a: Value,
  b: Value,
  options: { readonly transA?: boolean; readonly transB?: boolean; readonly bias?: Value } = {},
): Value {
  const attributes = { transA: int(options.transA ? 1 : 0), transB: int(options.transB ? 1 : 0) };
  return g.add('Gemm', options.bias ? [a, b, options.bias] : [a, b], { attributes });
}

/**
 * Gives the same elements another shape.
 *
 * @throws {StudioError} 'shape-mismatch' when more than one symbol of the wanted shape stands at another place than in x
 */
export function reshape(g: GraphBuilder, x: Value, wanted: Shape): Value {
  let isFree = true;
  const target = wanted.map((dim, i) => {
    if (typeof dim === 'number') return dim;
    if (x.shape[i] === dim) return 0; // ONNX: 0 copies the input's dimension
    if (!isFree)
      throw new StudioError(
        'shape-mismatch',
        `Reshape: [${x.shape.join(', ')}] to [${wanted.join(', ')}] has two unknown sizes (${x.name})`,
      );
    isFree = false;
    return -1;
  });
  return g.add('Reshape', [x, g.int64s(target)], { wanted });
}

/** Reorders dimensions. */
export const transpose = (g: GraphBuilder, x: Value, order: readonly number[]): Value =>
  g.add('Transpose', [x], { attributes: { perm: ints(order) } });

/** Joins along an axis; the joined dimension gets a name where it cannot be a number. */
export function concat(g: GraphBuilder, parts: readonly Value[], axis: number, joined?: string): Value {
  const first = parts[0];
  const wanted =
    joined === undefined || !first
      ? undefined
      : first.shape.map((dim, i) => (i === (axis < 0 ? axis + first.shape.length : axis) ? joined : dim));
  return g.add('Concat', parts, { attributes: { axis: int(axis) }, ...(wanted ? { wanted } : {}) });
}

/** Cuts a range out of one axis; start inclusive, end exclusive. */
export function slice(g: GraphBuilder, x: Value, range: { readonly axis: number; readonly start: number; readonly end: number }): Value {
  return g.add('Slice', [x, g.int64s([range.start]), g.int64s([range.end]), g.int64s([range.axis])]);
}

/** Inserts dimensions of 1. */
export const unsqueeze = (g: GraphBuilder, x: Value, axes: readonly number[]): Value => g.add('Unsqueeze', [x, g.int64s(axes)]);

/** Repeats along dimensions of 1 (and missing ones) until x has the wanted shape. */
export const expand = (g: GraphBuilder, x: Value, wanted: readonly number[]): Value => g.add('Expand', [x, g.int64s(wanted)]);

/** Makes a value of one number everywhere. */
export const fill = (g: GraphBuilder, number: number, shape: readonly number[]): Value => expand(g, g.scalar(number), shape);

/** Picks rows by index along an axis. */
export const gather = (g: GraphBuilder, x: Value, indices: Value, axis = 0): Value =>
  g.add('Gather', [x, indices], { attributes: { axis: int(axis) } });

/** Normalised exponentials along an axis. */
export const softmax = (g: GraphBuilder, x: Value, axis = -1): Value => g.add('Softmax', [x], { attributes: { axis: int(axis) } });

function reduce(g: GraphBuilder, op: string, x: Value, over: { readonly axes: readonly number[]; readonly keepDims?: boolean }): Value {
  return g.add(op, [x, g.int64s(over.axes)], { attributes: { keepdims: int(over.keepDims === false ? 0 : 1) } });
}

/** Sums over axes. */
export const reduceSum = (g: GraphBuilder, x: Value, axes: readonly number[], keepDims = true): Value =>
  reduce(g, 'ReduceSum', x, { axes, keepDims });
/** Means over axes. */
export const reduceMean = (g: GraphBuilder, x: Value, axes: readonly number[], keepDims = true): Value =>
  reduce(g, 'ReduceMean', x, { axes, keepDims });
/** Largest over axes. */
export const reduceMax = (g: GraphBuilder, x: Value, axes: readonly number[], keepDims = true): Value =>
  reduce(g, 'ReduceMax', x, { axes, keepDims });

/** x / sqrt(mean(x²) + eps) · weight over the last axis. @source ONNX RMSNormalization-23 */
export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  return g.add('RMSNormalization', [x, weight], { attributes: { axis: int(-1), epsilon: float(epsilon) } });
}

/** (x − mean) / sqrt(variance + eps) · weight + bias over the last axis. @source ONNX LayerNormalization-17 */
export function layerNorm(g: GraphBuilder, x: Value, affine: { readonly weight: Value; readonly bias: Value }, epsilon: number): Value {
  return g.add('LayerNormalization', [x, affine.weight, affine.bias], { attributes: { axis: int(-1), epsilon: float(epsilon) } });
}
