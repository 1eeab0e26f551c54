/** @file Gradients of convolutions, in products, slices and sums that every backend computes alike. */

import { int, ints, intsAttribute, numberAttribute, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Node, Value } from '../../graph/graph.ts';
import { concat, gather, gemm, matMul, mul, reduceSum, reshape, transpose } from '../../graph/math.ts';
import { present } from '../../error.ts';
import { int32 } from '../../tensor/tensor.ts';
import { formUnsupported, inputOf, numericShape, outputOf, type GradientRule, type GradientRules } from '../rule.ts';

/** A convolution's sizes: x [N, C, H, W] with kernels [M, C / group, high, wide] gives [N, M, rows, columns]. */
interface Sizes {
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly W: number;
  readonly M: number;
  readonly group: number;
  readonly high: number;
  readonly wide: number;
  readonly rows: number;
  readonly columns: number;
  readonly strides: readonly [down: number, right: number];
  /** Zeros around x. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

function readSizes(node: Node): Sizes {
  const [x, weight, y] = [numericShape(inputOf(node, 0)), numericShape(inputOf(node, 1)), numericShape(outputOf(node))];
  if (x.length !== 4) throw formUnsupported(node, 'of this rank');
  if ((intsAttribute(node.attributes, 'dilations') ?? []).some((step) => step !== 1)) throw formUnsupported(node, 'with dilations');
  const [N, C, H, W] = x as [number, number, number, number];
  const [M, inner, high, wide] = weight as [number, number, number, number];
  const [, , rows, columns] = y as [number, number, number, number];
  const [down = 1, right = 1] = intsAttribute(node.attributes, 'strides') ?? [];
  const group = numberAttribute(node.attributes, 'group', 1);
  if (group !== 1 && !(group === C && M === C && inner === 1)) throw formUnsupported(node, 'in groups of several channels');
  const [top = 0, left = 0, bottom = 0, end = 0] = intsAttribute(node.attributes, 'pads') ?? [];
  const isSame = textAttribute(node.attributes, 'auto_pad', 'NOTSET') === 'SAME_UPPER';
  const missing = [Math.max((rows - 1) * down + high - H, 0), Math.max((columns - 1) * right + wide - W, 0)] as const;
  const half = missing.map((count) => Math.floor(count / 2)) as [number, number];
  const pads = isSame ? ([half[0], half[1], missing[0] - half[0], missing[1] - half[1]] as const) : ([top, left, bottom, end] as const);
  const after = [H - (rows - 1) * down - 1 + pads[0], W - (columns - 1) * right - 1 + pads[1]];
  if (pads[0] >= high || pads[1] >= wide || after.some((count) => count < 0)) throw formUnsupported(node, 'padded beyond its kernel');
  return { N, C, H, W, M, group, high, wide, rows, columns, strides: [down, right], pads };
}

const isUnpadded = ({ pads }: Sizes): boolean => pads.every((count) => count === 0);
/** One pixel each: a matrix product. */
const isPointwise = (sizes: Sizes): boolean =>
  sizes.group === 1 && sizes.high * sizes.wide === 1 && sizes.strides.every((stride) => stride === 1) && isUnpadded(sizes);
/** Patches side by side, as in the first layer of a vision transformer: a matrix product of patches and kernels. */
const isPatched = (sizes: Sizes): boolean =>
  sizes.group === 1 && sizes.high === sizes.strides[0] && sizes.wide === sizes.strides[1] && isUnpadded(sizes);

const convRule: GradientRule = (g, node, dy) => {
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  const sizes = readSizes(node);
  const way = isPointwise(sizes) ? pointwise : isPatched(sizes) ? patched : overlapping;
  return [
    () => way.ofInput(g, dy, weight, sizes),
    () => reshape(g, way.ofWeight(g, dy, x, sizes), numericShape(weight)),
    () => reduceSum(g, dy, [0, 2, 3], false),
  ];
};

interface Way {
  /** @shape dy [N, M, rows, columns], weight [M, C / group, high, wide] → [N, C, H, W] */
  ofInput(g: GraphBuilder, dy: Value, weight: Value, sizes: Sizes): Value;
  /** @shape dy [N, M, rows, columns], x [N, C, H, W] → the weight's elements in their order */
  ofWeight(g: GraphBuilder, dy: Value, x: Value, sizes: Sizes): Value;
}

const pointwise: Way = {
  ofInput: (g, dy, weight) => g.add('Conv', [dy, transpose(g, weight, [1, 0, 2, 3])], { attributes: { kernel_shape: ints([1, 1]) } }),
  ofWeight: (g, dy, x, sizes) => overPictures(g, dy, x, sizes),
};

const patched: Way = {
  ofInput: (g, dy, weight, { N, C, H, W, M, high, wide, rows, columns }) => {
    const flat = matMul(g, patchGradients(g, dy), reshape(g, weight, [M, C * high * wide]));
    const split = reshape(g, flat, [N, rows, columns, C, high, wide]);
    const joined = reshape(g, transpose(g, split, [0, 3, 1, 4, 2, 5]), [N, C, rows * high, columns * wide]);
    return padded(g, joined, [0, 0, H - rows * high, W - columns * wide]); // pixels that no patch covers get 0
  },
  ofWeight: (g, dy, x, { N, C, high, wide, rows, columns }) => {
    const used = cut(g, x, { starts: [0, 0], ends: [rows * high, columns * wide], steps: [1, 1] });
    const split = reshape(g, used, [N, C, rows, high, columns, wide]);
    const flat = reshape(g, transpose(g, split, [0, 2, 4, 1, 3, 5]), [N * rows * columns, C * high * wide]);
    return gemm(g, patchGradients(g, dy), flat, { transA: true });
  },
};

/** @shape dy [N, M, rows, columns] → [N · rows · columns, M] */
function patchGradients(g: GraphBuilder, dy: Value): Value {
  const [N, M, rows, columns] = numericShape(dy) as [number, number, number, number];
  return reshape(g, transpose(g, dy, [0, 2, 3, 1]), [N * rows * columns, M]);
}

/** For each place in the kernel, the gradient is a product of `dy` with the pixels that this place met. */
const overlapping: Way = {
  ofInput: (g, dy, weight, sizes) => {
    const [down, right] = [phasesAlong(sizes, 0), phasesAlong(sizes, 1)];
    return down && right ? inPhases(g, { dy, weight }, sizes, [down, right]) : spreadApart(g, dy, weight, sizes);
  },
  ofWeight: (g, dy, x, sizes) => {
    const { C, M, group, high, wide, rows, columns, strides, pads } = sizes;
    const wider = padded(g, x, pads);
    const parts: Value[] = [];
    for (let i = 0; i < high; i++) {
      for (let j = 0; j < wide; j++) {
        const ends = [i + (rows - 1) * strides[0] + 1, j + (columns - 1) * strides[1] + 1] as const;
        const met = cut(g, wider, { starts: [i, j], ends, steps: strides }); // [N, C, rows, columns]
        const part = group === 1 ? overPictures(g, dy, met, sizes) : reduceSum(g, mul(g, dy, met), [0, 2, 3], false);
        parts.push(reshape(g, part, [group === 1 ? M * C : C, 1]));
      }
    }
    return concat(g, parts, 1);
  },
};

/** Pixels that stand a stride apart meet the same places of the kernel: their gradients are a small convolution of their own. */
interface Phase {
  /** The places of the kernel that they meet, from its end. */
  readonly taps: readonly number[];
  /** Zeros before and after the gradients. */
  readonly pads: readonly [number, number];
}

/** Gives the phases of a direction, one for each pixel of a stride; null where one would meet nothing, or would read beyond the padding. */
function phasesAlong(sizes: Sizes, direction: 0 | 1): readonly Phase[] | null {
  const stride = sizes.strides[direction];
  const [kernel, length, count] = direction === 0 ? [sizes.high, sizes.H, sizes.rows] : [sizes.wide, sizes.W, sizes.columns];
  const before = sizes.pads[direction];
  const phases = Array.from({ length: stride }, (_, offset): Phase => {
    const first = (offset + before) % stride;
    const taps = Array.from({ length: Math.max(Math.ceil((kernel - first) / stride), 0) }, (__, i) => first + i * stride).reverse();
    const shift = (offset + before - first) / stride;
    return { taps, pads: [taps.length - 1 - shift, Math.ceil(length / stride) - count + shift] };
  });
  return phases.some(({ taps, pads }) => taps.length === 0 || pads.some((zeros) => zeros < 0)) ? null : phases;
}

/** ConvTranspose would leave the GPU, and zeros between the gradients cost three products of four: a convolution for each phase, woven together. */
function inPhases(
  g: GraphBuilder,
  { dy, weight }: { readonly dy: Value; readonly weight: Value },
  sizes: Sizes,
  [down, right]: readonly [readonly Phase[], readonly Phase[]],
): Value {
  const { N, C, H, W, group } = sizes;
  const [rows, columns] = [Math.ceil(H / down.length), Math.ceil(W / right.length)];
  const lines = down.map((above) => {
    const parts = right.map((beside) => {
      const pads = [above.pads[0], beside.pads[0], above.pads[1], beside.pads[1]];
      const attributes = { kernel_shape: ints([above.taps.length, beside.taps.length]), pads: ints(pads), group: int(group) };
      const part = g.add('Conv', [dy, tapsOf(g, weight, sizes, [above.taps, beside.taps])], { attributes });
      return right.length === 1 ? part : reshape(g, part, [N * C, rows, columns, 1]);
    });
    return reshape(g, parts.length === 1 ? only(parts) : concat(g, parts, 3), [N * C, rows, 1, columns * right.length]);
  });
  const woven = lines.length === 1 ? only(lines) : concat(g, lines, 2);
  const whole = reshape(g, woven, [N, C, rows * down.length, columns * right.length]);
  return cut(g, whole, { starts: [0, 0], ends: [H, W], steps: [1, 1] });
}

function only(values: readonly Value[]): Value {
  return present(values[0], 'a convolution has no phase');
}

/** For the few forms that have no phases: a convolution of the gradients, as far apart as the kernels stood, with the kernels turned round. */
function spreadApart(g: GraphBuilder, dy: Value, weight: Value, sizes: Sizes): Value {
  const { group, H, W, high, wide, rows, columns, strides, pads } = sizes;
  const [top, left] = [high - 1 - pads[0], wide - 1 - pads[1]];
  const around = [top, left, H + high - 2 - top - (rows - 1) * strides[0], W + wide - 2 - left - (columns - 1) * strides[1]];
  const attributes = { kernel_shape: ints([high, wide]), pads: ints(around), group: int(group) };
  const backwards = [high, wide].map((count) => Array.from({ length: count }, (_, i) => count - 1 - i));
  return g.add('Conv', [spread(g, dy, sizes), tapsOf(g, weight, sizes, [backwards[0] ?? [], backwards[1] ?? []])], { attributes });
}

/** Puts zeros between neighbours. @shape [N, M, rows, columns] → [N, M, (rows − 1) · down + 1, (columns − 1) · right + 1] */
function spread(g: GraphBuilder, dy: Value, { N, M, rows, columns, strides: [down, right] }: Sizes): Value {
  if (down * right === 1) return dy;
  const apart = reshape(g, dy, [N * M, rows, 1, columns, 1]);
  const wider = g.add('Pad', [apart, g.int64s([0, 0, 0, 0, 0, 0, 0, down - 1, 0, right - 1]), g.scalar(0)]);
  const whole = reshape(g, wider, [N, M, rows * down, columns * right]);
  return cut(g, whole, { starts: [0, 0], ends: [(rows - 1) * down + 1, (columns - 1) * right + 1], steps: [1, 1] });
}

/** Takes places out of each kernel, in their order. @shape [M, C / group, high, wide] → [C, M / group, down, right] */
function tapsOf(
  g: GraphBuilder,
  weight: Value,
  { C, M, group, high, wide }: Sizes,
  [down, right]: readonly [readonly number[], readonly number[]],
): Value {
  const places = down.flatMap((i) => right.map((j) => i * wide + j));
  const flat = reshape(g, group === 1 ? transpose(g, weight, [1, 0, 2, 3]) : weight, [C, M / group, high * wide]);
  return reshape(g, gather(g, flat, g.constant(int32([places.length], places)), 2), [C, M / group, down.length, right.length]);
}

/** Sums the products of channels over places and pictures. @shape dy [N, M, rows, columns], x [N, C, rows, columns] → [M, C] */
function overPictures(g: GraphBuilder, dy: Value, x: Value, { N, C, M, rows, columns }: Sizes): Value {
  const turned = transpose(g, reshape(g, x, [N, C, rows * columns]), [0, 2, 1]);
  return reduceSum(g, matMul(g, reshape(g, dy, [N, M, rows * columns]), turned), [0], false);
}

function padded(g: GraphBuilder, x: Value, [top, left, bottom, right]: readonly [number, number, number, number]): Value {
  if (top + left + bottom + right === 0) return x;
  return g.add('Pad', [x, g.int64s([0, 0, top, left, 0, 0, bottom, right]), g.scalar(0)]);
}

interface Cut {
  readonly starts: readonly [number, number];
  readonly ends: readonly [number, number];
  readonly steps: readonly [number, number];
}

function cut(g: GraphBuilder, x: Value, { starts, ends, steps }: Cut): Value {
  const [, , height, width] = numericShape(x);
  if (starts[0] + starts[1] === 0 && ends[0] === height && ends[1] === width && steps[0] * steps[1] === 1) return x;
  return g.add('Slice', [x, g.int64s(starts), g.int64s(ends), g.int64s([2, 3]), g.int64s(steps)]);
}

/** The gradients of convolutions. */
export const convolutionRules: GradientRules = { Conv: convRule };
