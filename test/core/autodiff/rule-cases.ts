/** @file For every gradient rule, the cases that are checked by finite differences. */

import { StudioError } from '../../../src/core/error.ts';
import { float, int, ints, text } from '../../../src/core/graph/attribute.ts';
import type { Attributes, Value } from '../../../src/core/graph/graph.ts';
import type { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { expand, layerNorm, rmsNorm, slice, unsqueeze, where } from '../../../src/core/graph/math.ts';
import { int32, tensor, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { uniform, type GradientCase } from '../../helpers/grad-check.ts';

type Inputs = Readonly<Record<string, Value>>;

const at = (inputs: Inputs, name: string): Value => {
  const value = inputs[name];
  if (!value) throw new StudioError('internal', `no input ${name}`);
  return value;
};

/** One op on inputs a, b, c, with attributes. */
const op = (name: string, inputs: Readonly<Record<string, Tensor>>, attributes: Attributes = {}): GradientCase => ({
  build: (g, values) =>
    g.add(
      name,
      Object.keys(inputs).map((key) => at(values, key)),
      { attributes },
    ),
  inputs,
});

const unary = (name: string, bounds: readonly [number, number] = [-2, 2], attributes: Attributes = {}): GradientCase[] => [
  op(name, { a: uniform([3, 5], 1, bounds) }, attributes),
];

/** Equal shapes, and broadcasting in both directions. */
const binary = (name: string, left: readonly [number, number] = [-2, 2], right = left): GradientCase[] =>
  (
    [
      [
        [3, 4],
        [3, 4],
      ],
      [[2, 3, 4], [4]],
      [
        [3, 1],
        [2, 1, 4],
      ],
      [[], [2, 3]],
    ] as const
  ).map(([a, b]) => op(name, { a: uniform(a, 2, left), b: uniform(b, 3, right) }));

/** Numbers so far apart that a step of the differences never makes two of them change places. */
function apart(shape: readonly number[], seed: number): Tensor<'float32'> {
  const { data } = uniform(shape, seed);
  const order = [...data.keys()].sort((i, j) => (data[i] ?? 0) - (data[j] ?? 0));
  const result = new Float32Array(data.length);
  order.forEach((place, rank) => (result[place] = 0.15 * (rank - data.length / 2) + 0.05));
  return tensor('float32', shape, result);
}

const reduce = (name: string, bounds: readonly [number, number] = [-2, 2]): GradientCase[] =>
  (
    [
      [[0], 1],
      [[-1], 0],
      [[1, 2], 1],
      [null, 0],
    ] as const
  ).map(([axes, keepdims]) => ({
    build: (g, values) =>
      g.add(name, axes ? [at(values, 'a'), g.int64s(axes)] : [at(values, 'a')], { attributes: { keepdims: int(keepdims) } }),
    inputs: { a: name === 'ReduceMax' || name === 'ReduceMin' ? apart([2, 3, 4], 4) : uniform([2, 3, 4], 4, bounds) },
  }));

const built = (inputs: Readonly<Record<string, Tensor>>, build: (g: GraphBuilder, values: Inputs) => Value): GradientCase => ({
  build: build,
  inputs,
});

const positive: readonly [number, number] = [0.5, 2];
const condition = tensor(
  'bool',
  [3, 4],
  Uint8Array.from({ length: 12 }, (_, i) => (i % 5 < 2 ? 1 : 0)),
);

/** The cases of every op of the table of rules. */
export const ruleCases: Readonly<Record<string, readonly GradientCase[]>> = {
  Abs: [op('Abs', { a: apart([3, 4], 1) })],
  Add: binary('Add'),
  Cast: unary('Cast', [-2, 2], { to: int(1) }),
  Clip: [
    built({ a: apart([4, 5], 1) }, (g, v) => g.add('Clip', [at(v, 'a'), g.scalar(-0.52), g.scalar(0.71)])),
    built({ a: apart([4, 5], 2) }, (g, v) => g.add('Clip', [at(v, 'a'), null, g.scalar(0.71)])),
  ],
  Concat: [
    op('Concat', { a: uniform([2, 1, 3], 1), b: uniform([2, 4, 3], 2), c: uniform([2, 2, 3], 3) }, { axis: int(1) }),
    op('Concat', { a: uniform([2, 3], 1), b: uniform([2, 2], 2) }, { axis: int(-1) }),
  ],
  Conv: [
    op('Conv', { a: uniform([2, 3, 6, 8], 1), b: uniform([4, 3, 2, 2], 2), c: uniform([4], 3) }, { strides: ints([2, 2]) }),
    op('Conv', { a: uniform([1, 2, 7, 8], 1), b: uniform([3, 2, 3, 3], 2) }, { strides: ints([3, 3]) }),
    op('Conv', { a: uniform([2, 3, 4, 5], 1), b: uniform([4, 3, 1, 1], 2), c: uniform([4], 3) }),
    ...[1, 2].flatMap((stride) => [
      conv([2, 3, 7, 6], [4, 3, 3, 3], { strides: ints([stride, stride]), auto_pad: text('SAME_UPPER') }),
      conv([2, 4, 7, 6], [4, 1, 3, 3], { strides: ints([stride, stride]), auto_pad: text('SAME_UPPER'), group: int(4) }),
      conv([2, 3, 8, 9], [3, 1, 5, 5], { strides: ints([stride, stride]), auto_pad: text('SAME_UPPER'), group: int(3) }),
    ]),
    conv([1, 2, 6, 7], [3, 2, 3, 2], { strides: ints([2, 3]), pads: ints([1, 0, 0, 2]) }),
    conv([1, 2, 6, 6], [3, 2, 1, 1], { strides: ints([2, 2]) }),
  ],
  Cos: unary('Cos'),
  CumSum: [0, 1].flatMap((reverse) =>
    [0, 1].map((exclusive) =>
      built({ a: uniform([3, 4], 1) }, (g, v) =>
        g.add('CumSum', [at(v, 'a'), g.scalar(reverse, 'int32')], { attributes: { reverse: int(reverse), exclusive: int(exclusive) } }),
      ),
    ),
  ),
  Div: binary('Div', [-2, 2], positive),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expand: [
    built({ a: uniform([3, 1], 1) }, (g, v) => expand(g, at(v, 'a'), [2, 3, 4])),
    built({ a: uniform([], 1) }, (g, v) => expand(g, at(v, 'a'), [2, 2])),
  ],
  Gather: [
    op('Gather', { a: uniform([5, 3], 1), b: int32([2, 4], [0, 4, 4, 1, 4, 0, 2, 2]) }, { axis: int(0) }),
    op('Gather', { a: uniform([2, 4, 3], 1), b: int32([3], [3, 1, 1]) }, { axis: int(1) }),
    op('Gather', { a: uniform([2, 4], 1), b: int32([], [2]) }, { axis: int(-1) }),
  ],
  GatherElements: [op('GatherElements', { a: uniform([3, 4], 1), b: int32([3, 2], [0, 0, 3, 1, 2, 2]) }, { axis: int(1) })],
  Gelu: [...unary('Gelu'), ...unary('Gelu', [-2, 2], { approximate: text('tanh') })],
  Gemm: [0, 1].flatMap((transA) =>
    [0, 1].map((transB) =>
      op(
        'Gemm',
        { a: uniform(transA ? [4, 3] : [3, 4], 1), b: uniform(transB ? [5, 4] : [4, 5], 2), c: uniform([5], 3) },
        { transA: int(transA), transB: int(transB), alpha: float(0.7), beta: float(1.5) },
      ),
    ),
  ),
  Identity: unary('Identity'),
  LayerNormalization: [
    built({ x: uniform([2, 3, 8], 1), w: uniform([8], 2), b: uniform([8], 3) }, (g, v) =>
      layerNorm(g, at(v, 'x'), { weight: at(v, 'w'), bias: at(v, 'b') }, 1e-5),
    ),
    built({ x: uniform([3, 8], 1), w: uniform([8], 2) }, (g, v) =>
      g.add('LayerNormalization', [at(v, 'x'), at(v, 'w')], { attributes: { axis: int(-1), epsilon: float(0.1) } }),
    ),
  ],
  Log: unary('Log', positive),
  MatMul: [
    op('MatMul', { a: uniform([3, 4], 1), b: uniform([4, 5], 2) }),
    op('MatMul', { a: uniform([2, 3, 4], 1), b: uniform([4, 5], 2) }),
    op('MatMul', { a: uniform([2, 2, 3, 4], 1), b: uniform([2, 2, 4, 5], 2) }),
    op('MatMul', { a: uniform([2, 2, 3, 4], 1), b: uniform([2, 1, 4, 5], 2) }),
    op('MatMul', { a: uniform([3, 4], 1), b: uniform([2, 4, 5], 2) }),
  ],
  MatMulNBits: [4, 8].flatMap((bits) =>
    (
      [
        [32, 64, 5],
        [16, 32, 3],
      ] as const
    ).map(([block, k, n]): GradientCase => {
      const blocks = k / block;
      const bytes = (block * bits) / 8;
      const packed = tensor(
        'uint8',
        [n, blocks, bytes],
        Uint8Array.from({ length: n * blocks * bytes }, (_, i) => (i * 89 + 31) % 256),
      );
      const scales = uniform([n, blocks], 6, [0.01, 0.02]);
      return {
        build: (g, v) =>
          g.add('MatMulNBits', [at(v, 'x'), g.weight('w:packed', 'uint8', packed.shape), g.weight('w:scales', 'float32', scales.shape)], {
            attributes: { K: int(k), N: int(n), bits: int(bits), block_size: int(block) },
          }),
        inputs: { x: uniform([2, 3, k], 5) },
        weights: { 'w:packed': packed, 'w:scales': scales },
      };
    }),
  ),
  Max: [
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
  ].map(([a, b]) =>
    op('Max', {
      a: apart(a ?? [], 1),
      b: tensor(
        'float32',
        b ?? [],
        apart(b ?? [], 5).data.map((v) => v + 0.07),
      ),
    }),
  ),
  Min: [
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
  ].map(([a, b]) =>
    op('Min', {
      a: apart(a ?? [], 1),
      b: tensor(
        'float32',
        b ?? [],
        apart(b ?? [], 5).data.map((v) => v + 0.07),
      ),
    }),
  ),
  Mul: binary('Mul'),
  Neg: unary('Neg'),
  Pad: [built({ a: uniform([2, 3], 1) }, (g, v) => g.add('Pad', [at(v, 'a'), g.int64s([0, 2, 1, 0]), g.scalar(3)]))],
  Pow: binary('Pow', positive, [-1, 3]),
  QuickGelu: [...unary('QuickGelu', [-2, 2], { alpha: float(1.702) }), ...unary('QuickGelu', [-2, 2], { alpha: float(1) })],
  RMSNormalization: [
    built({ x: uniform([2, 3, 8], 1), w: uniform([8], 2) }, (g, v) => rmsNorm(g, at(v, 'x'), at(v, 'w'), 1e-5)),
    built({ x: uniform([3, 8], 1), w: uniform([8], 2) }, (g, v) => rmsNorm(g, at(v, 'x'), at(v, 'w'), 0.3)),
  ],
  Reciprocal: unary('Reciprocal', positive),
  ReduceL2: reduce('ReduceL2'),
  ReduceMax: reduce('ReduceMax'),
  ReduceMean: reduce('ReduceMean'),
  ReduceMin: reduce('ReduceMin'),
  ReduceSum: reduce('ReduceSum'),
  ReduceSumSquare: reduce('ReduceSumSquare'),
  Relu: [op('Relu', { a: apart([3, 4], 1) })],
  Reshape: [built({ a: uniform([2, 6], 1) }, (g, v) => g.add('Reshape', [at(v, 'a'), g.int64s([3, 4])]))],
  RotaryEmbedding: [0, 1].flatMap((interleaved) => [
    rotary([2, 3, 16], { num_heads: int(2), interleaved: int(interleaved) }),
    rotary([2, 2, 3, 8], { interleaved: int(interleaved) }),
  ]),
  ScatterElements: ['none', 'add'].map((reduction) =>
    op(
      'ScatterElements',
      { a: uniform([3, 4], 1), b: int32([3, 2], [0, 2, 3, 1, 1, 2]), c: uniform([3, 2], 2) },
      { axis: int(1), reduction: text(reduction) },
    ),
  ),
  ScatterND: ['none', 'add'].map((reduction) => ({
    ...op(
      'ScatterND',
      { a: uniform([5, 2], 1), b: tensor('int64', [2, 1], BigInt64Array.of(3n, 0n)), c: uniform([2, 2], 2) },
      { reduction: text(reduction) },
    ),
    wanted: ['a'],
  })),
  Sigmoid: unary('Sigmoid'),
  Sin: unary('Sin'),
  Slice: [
    built({ a: uniform([3, 5], 1) }, (g, v) => slice(g, at(v, 'a'), { axis: 1, start: 1, end: 3 })),
    built({ a: uniform([3, 5], 1) }, (g, v) => slice(g, at(v, 'a'), { axis: 0, start: -2, end: 99 })),
  ],
  Softmax: [-1, 1].map((axis) => op('Softmax', { a: uniform([2, 4, 3], 1) }, { axis: int(axis) })),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt', positive),
  Squeeze: [built({ a: uniform([2, 1, 3], 1) }, (g, v) => g.add('Squeeze', [at(v, 'a'), g.int64s([1])]))],
  Sub: binary('Sub'),
  Tanh: unary('Tanh'),
  Transpose: [op('Transpose', { a: uniform([2, 3, 4], 1) }, { perm: ints([1, 2, 0]) }), op('Transpose', { a: uniform([2, 3], 1) })],
  Unsqueeze: [built({ a: uniform([2, 3], 1) }, (g, v) => unsqueeze(g, at(v, 'a'), [0, 2]))],
  Where: [
    op('Where', { a: condition, b: uniform([3, 4], 1), c: uniform([3, 4], 2) }),
    op('Where', { a: condition, b: uniform([4], 1), c: uniform([2, 1, 1], 2) }),
    built({ a: uniform([3, 4], 1) }, (g, v) => where(g, g.constant(condition), { yes: at(v, 'a'), no: 0.5 })),
  ],
};

/** Kernels have the sizes of graphs; convolutions are straight lines, so that a large step costs nothing. */
function conv(x: readonly number[], weight: readonly number[], attributes: Attributes): GradientCase {
  const kernel = { kernel_shape: ints(weight.slice(2)) };
  return op('Conv', { a: uniform(x, 1), b: uniform(weight, 2), c: uniform([weight[0] ?? 1], 3) }, { ...attributes, ...kernel });
}

function rotary(shape: readonly number[], attributes: Attributes): GradientCase {
  const [batch, positions] = [2, 3];
  const angles = Array.from({ length: batch * positions * 4 }, (_, i) => i * 0.37);
  const cos = tensor('float32', [batch, positions, 4], Float32Array.from(angles, Math.cos));
  const sin = tensor('float32', [batch, positions, 4], Float32Array.from(angles, Math.sin));
  return { ...op('RotaryEmbedding', { x: uniform(shape, 1), cos, sin }, attributes), wanted: ['x'] };
}
