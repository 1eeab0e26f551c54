/** @file Gradients of convolutions, in products, slices and sums that every backend computes alike. */

import { ints } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { concat, gemm, matMul, mul, reduceSum, reshape, transpose } from '../../graph/math.ts';
import { inputOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';
import { overlappingInput } from './convolution-input.ts';
import { cut, padded, readSizes, type ConvolutionSizes } from './convolution-sizes.ts';

const isUnpadded = ({ pads }: ConvolutionSizes): boolean => pads.every((count) => count === 0);
/** One pixel each: a matrix product. */
const isPointwise = (sizes: ConvolutionSizes): boolean =>
  sizes.group === 1 && sizes.high * sizes.wide === 1 && sizes.strides.every((stride) => stride === 1) && isUnpadded(sizes);
/** Patches side by side, as in the first layer of a vision transformer: a matrix product of patches and kernels. */
const isPatched = (sizes: ConvolutionSizes): boolean =>
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
  ofInput(g: GraphBuilder, dy: Value, weight: Value, sizes: ConvolutionSizes): Value;
  /** @shape dy [N, M, rows, columns], x [N, C, H, W] → the weight's elements in their order */
  ofWeight(g: GraphBuilder, dy: Value, x: Value, sizes: ConvolutionSizes): Value;
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
  ofInput: overlappingInput,
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

/** Sums the products of channels over places and pictures. @shape dy [N, M, rows, columns], x [N, C, rows, columns] → [M, C] */
function overPictures(g: GraphBuilder, dy: Value, x: Value, { N, C, M, rows, columns }: ConvolutionSizes): Value {
  const turned = transpose(g, reshape(g, x, [N, C, rows * columns]), [0, 2, 1]);
  return reduceSum(g, matMul(g, reshape(g, dy, [N, M, rows * columns]), turned), [0], false);
}

/** The gradients of convolutions. */
export const convolutionRules: GradientRules = { Conv: convRule };
