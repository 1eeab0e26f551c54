/** @file Gradients of matrix products. */

import { float, int, numberAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { gemm, matMul, mul, reshape, transpose } from '../../graph/math.ts';
import { elementCount } from '../../tensor/shape.ts';
import { inputOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';

/** Y = A B: dA = dY Bᵀ, dB = Aᵀ dY. */
const matMulRule: GradientRule = (g, node, dy) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  if (b.shape.length === 2) {
    return [() => timesTransposed(g, dy, b, numericShape(a)), () => gemm(g, asRows(g, a), asRows(g, dy), { transA: true })];
  }
  return [() => matMul(g, dy, turned(g, b)), () => matMul(g, turned(g, a), dy)];
};

/**
 * Multiplies rows with a transposed matrix as one Gemm: a Transpose of a weight would be folded into a second copy of it.
 *
 * @shape rows [..., N], matrix [K, N] → shape [..., K]
 */
export function timesTransposed(g: GraphBuilder, rows: Value, matrix: Value, shape: readonly number[]): Value {
  return reshape(g, gemm(g, asRows(g, rows), matrix, { transB: true }), shape);
}

/** Views a value as a matrix of its last dimension. @shape [..., N] → [M, N] */
export function asRows(g: GraphBuilder, x: Value): Value {
  const shape = numericShape(x);
  return shape.length === 2 ? x : reshape(g, x, [elementCount(shape.slice(0, -1)), shape.at(-1) ?? 1]);
}

function turned(g: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, i) => i);
  const [row, column] = [axes.length - 2, axes.length - 1];
  return transpose(g, x, [...axes.slice(0, -2), column, row]);
}

/** Y = α A' B' + β C, where ' is a transposition that the attributes may ask for. */
const gemmRule: GradientRule = (g, node, dy) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const transA = numberAttribute(node.attributes, 'transA', 0);
  const transB = numberAttribute(node.attributes, 'transB', 0);
  const alpha = numberAttribute(node.attributes, 'alpha', 1);
  const beta = numberAttribute(node.attributes, 'beta', 1);
  const product = (left: Value, right: Value, turns: readonly [number, number]): Value =>
    g.add('Gemm', [left, right], { attributes: { transA: int(turns[0]), transB: int(turns[1]), alpha: float(alpha) } });
  return [
    () => (transA ? product(b, dy, [transB, 1]) : product(dy, b, [0, 1 - transB])),
    () => (transB ? product(dy, a, [1, transA]) : product(a, dy, [1 - transA, 0])),
    () => (beta === 1 ? dy : mul(g, dy, beta)),
  ];
};

/** The gradients of the matrix products. */
export const linalgRules: GradientRules = { MatMul: matMulRule, Gemm: gemmRule };
