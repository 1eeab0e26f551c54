/** @file Gradients of the larger ops: normalisations, rotary positions, patch convolutions. */

import { intsAttribute, numberAttribute, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Node, Value } from '../../graph/graph.ts';
import { add, gemm, matMul, mul, neg, reciprocal, reduceMean, reduceSum, reshape, slice, sqrt, sub, transpose } from '../../graph/math.ts';
import { formUnsupported, inputOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';

function requireLastAxis(node: Node): void {
  const axis = numberAttribute(node.attributes, 'axis', -1);
  if (axis !== -1 && axis !== inputOf(node, 0).shape.length - 1) throw formUnsupported(node, 'over more than the last axis');
}

/** 1 / √(mean(x²) + ε) of the last axis. */
function inverseSize(g: GraphBuilder, node: Node, x: Value): Value {
  const epsilon = numberAttribute(node.attributes, 'epsilon', 1e-5);
  return reciprocal(g, sqrt(g, add(g, reduceMean(g, mul(g, x, x), [-1]), epsilon)));
}

/** y = n w with n = x r, r = 1 / √(mean(x²) + ε): dx = r (dn − n mean(dn n)) */
const rmsNormRule: GradientRule = (g, node, dy) => {
  requireLastAxis(node);
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  return [
    () => {
      const r = inverseSize(g, node, x);
      const n = mul(g, x, r);
      const dn = mul(g, dy, weight);
      return mul(g, r, sub(g, dn, mul(g, n, reduceMean(g, mul(g, dn, n), [-1]))));
    },
    () => mul(g, dy, mul(g, x, inverseSize(g, node, x))),
  ];
};

/** As RMSNormalization of the centred x; centring takes the mean off the gradient too. */
const layerNormRule: GradientRule = (g, node, dy) => {
  requireLastAxis(node);
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  const centred = (): Value => sub(g, x, reduceMean(g, x, [-1]));
  return [
    () => {
      const c = centred();
      const r = inverseSize(g, node, c);
      const n = mul(g, c, r);
      const dn = mul(g, dy, weight);
      const flat = sub(g, dn, reduceMean(g, dn, [-1]));
      return mul(g, r, sub(g, flat, mul(g, n, reduceMean(g, mul(g, dn, n), [-1]))));
    },
    () => {
      const c = centred();
      return mul(g, dy, mul(g, c, inverseSize(g, node, c)));
    },
    () => dy,
  ];
};

/** A rotation goes back by the negative angle. */
const rotaryRule: GradientRule = (g, node, dy) => [
  () => {
    const [turnCos, turnSin] = [inputOf(node, 1), inputOf(node, 2)];
    return g.add('RotaryEmbedding', [dy, turnCos, neg(g, turnSin), node.inputs[3] ?? null], { attributes: node.attributes });
  },
  null,
  null,
  null,
];

interface Patches {
  readonly batch: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly side: number;
}

/** Reads a convolution whose patches lie side by side, as in the first layer of a vision transformer. */
function readPatches(node: Node): Patches {
  const [[batch, channels, height, width], [, , side, kernelWidth]] = [numericShape(inputOf(node, 0)), numericShape(inputOf(node, 1))] as [
    number[],
    number[],
  ];
  const strides = intsAttribute(node.attributes, 'strides') ?? [1, 1];
  const isPlain =
    numberAttribute(node.attributes, 'group', 1) === 1 &&
    textAttribute(node.attributes, 'auto_pad', 'NOTSET') === 'NOTSET' &&
    (intsAttribute(node.attributes, 'pads') ?? []).every((count) => count === 0);
  if (batch === undefined || channels === undefined || height === undefined || width === undefined || side === undefined)
    throw formUnsupported(node, 'of this rank');
  if (!isPlain || kernelWidth !== side || strides.some((stride) => stride !== side))
    throw formUnsupported(node, 'whose patches overlap or are padded');
  return { batch, channels, side, rows: Math.floor(height / side), columns: Math.floor(width / side) };
}

/** @shape dy [B, M, rows, columns] → [B · rows · columns, M] */
function patchGradients(g: GraphBuilder, dy: Value, { batch, rows, columns }: Patches): Value {
  return reshape(g, transpose(g, dy, [0, 2, 3, 1]), [batch * rows * columns, numericShape(dy)[1] ?? 1]);
}

/** Convolution of patches that lie side by side: a matrix product of patches and kernels. */
const convRule: GradientRule = (g, node, dy) => {
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  const patches = readPatches(node);
  const { batch, channels, rows, columns, side } = patches;
  const [outputs, width] = [numericShape(weight)[0] ?? 1, channels * side * side];
  return [
    () => {
      const flat = matMul(g, patchGradients(g, dy, patches), reshape(g, weight, [outputs, width]));
      const split = reshape(g, flat, [batch, rows, columns, channels, side, side]);
      const joined = reshape(g, transpose(g, split, [0, 3, 1, 4, 2, 5]), [batch, channels, rows * side, columns * side]);
      return padTo(g, joined, numericShape(x));
    },
    () => {
      const high = slice(g, x, { axis: 2, start: 0, end: rows * side });
      const used = slice(g, high, { axis: 3, start: 0, end: columns * side });
      const split = reshape(g, used, [batch, channels, rows, side, columns, side]);
      const flat = reshape(g, transpose(g, split, [0, 2, 4, 1, 3, 5]), [batch * rows * columns, width]);
      return reshape(g, gemm(g, patchGradients(g, dy, patches), flat, { transA: true }), numericShape(weight));
    },
    () => reduceSum(g, dy, [0, 2, 3], false),
  ];
};

/** Pixels at the right and lower edge that no patch covers get 0. */
function padTo(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  const after = shape.map((size, i) => size - (numericShape(x)[i] ?? 0));
  return after.every((count) => count === 0) ? x : g.add('Pad', [x, g.int64s([...shape.map(() => 0), ...after]), g.scalar(0)]);
}

/** The gradients of the larger ops. */
export const nnRules: GradientRules = {
  Conv: convRule,
  LayerNormalization: layerNormRule,
  RMSNormalization: rmsNormRule,
  RotaryEmbedding: rotaryRule,
};
