/** @file The gradient of a convolution's input where kernels overlap: small convolutions of the gradients that came back. */

import { int, ints } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { concat, gather, reshape, transpose } from '../../graph/math.ts';
import { present } from '../../error.ts';
import { int32 } from '../../tensor/tensor.ts';
import { cut, type ConvolutionSizes } from './convolution-sizes.ts';

/** Gives the gradient of the input. @shape dy [N, M, rows, columns], weight [M, C / group, high, wide] → [N, C, H, W] */
export function overlappingInput(g: GraphBuilder, dy: Value, weight: Value, sizes: ConvolutionSizes): Value {
  const [down, right] = [phasesAlong(sizes, 0), phasesAlong(sizes, 1)];
  return down && right ? inPhases(g, { dy, weight }, sizes, [down, right]) : spreadApart(g, dy, weight, sizes);
}

/** Pixels that stand a stride apart meet the same places of the kernel: their gradients are a small convolution of their own. */
interface Phase {
  /** The places of the kernel that they meet, from its end. */
  readonly taps: readonly number[];
  /** Zeros before and after the gradients. */
  readonly pads: readonly [number, number];
}

/** Gives the phases of a direction, one for each pixel of a stride; null where one would meet nothing, or would read beyond the padding. */
function phasesAlong(sizes: ConvolutionSizes, direction: 0 | 1): readonly Phase[] | null {
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
  sizes: ConvolutionSizes,
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
function spreadApart(g: GraphBuilder, dy: Value, weight: Value, sizes: ConvolutionSizes): Value {
  const { group, H, W, high, wide, rows, columns, strides, pads } = sizes;
  const [top, left] = [high - 1 - pads[0], wide - 1 - pads[1]];
  const around = [top, left, H + high - 2 - top - (rows - 1) * strides[0], W + wide - 2 - left - (columns - 1) * strides[1]];
  const attributes = { kernel_shape: ints([high, wide]), pads: ints(around), group: int(group) };
  const backwards = [high, wide].map((count) => Array.from({ length: count }, (_, i) => count - 1 - i));
  return g.add('Conv', [spread(g, dy, sizes), tapsOf(g, weight, sizes, [backwards[0] ?? [], backwards[1] ?? []])], { attributes });
}

/** Puts zeros between neighbours. @shape [N, M, rows, columns] → [N, M, (rows − 1) · down + 1, (columns − 1) · right + 1] */
function spread(g: GraphBuilder, dy: Value, { N, M, rows, columns, strides: [down, right] }: ConvolutionSizes): Value {
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
  { C, M, group, high, wide }: ConvolutionSizes,
  [down, right]: readonly [readonly number[], readonly number[]],
): Value {
  const places = down.flatMap((i) => right.map((j) => i * wide + j));
  const flat = reshape(g, group === 1 ? transpose(g, weight, [1, 0, 2, 3]) : weight, [C, M / group, high * wide]);
  return reshape(g, gather(g, flat, g.constant(int32([places.length], places)), 2), [C, M / group, down.length, right.length]);
}
