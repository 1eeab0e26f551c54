/** @file The sizes of a convolution, and the windows of pixels that its kernels meet. */

import { intsAttribute, numberAttribute, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Node, Value } from '../../graph/graph.ts';
import { formUnsupported, inputOf, numericShape, outputOf } from '../rule.ts';

/** A convolution's sizes: x [N, C, H, W] with kernels [M, C / group, high, wide] gives [N, M, rows, columns]. */
export interface ConvolutionSizes {
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

/** Reads the sizes of a node. @throws {StudioError} for forms that have no gradients here: other ranks, dilations, groups of several channels */
export function readSizes(node: Node): ConvolutionSizes {
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

/** Puts zeros around pictures. @shape [N, C, H, W] → [N, C, top + H + bottom, left + W + right] */
export function padded(g: GraphBuilder, x: Value, [top, left, bottom, right]: readonly [number, number, number, number]): Value {
  if (top + left + bottom + right === 0) return x;
  return g.add('Pad', [x, g.int64s([0, 0, top, left, 0, 0, bottom, right]), g.scalar(0)]);
}

/** A window of pictures, down and right. */
export interface Cut {
  readonly starts: readonly [number, number];
  readonly ends: readonly [number, number];
  readonly steps: readonly [number, number];
}

/** Cuts a window out of pictures; the whole stays as it is. @shape [N, C, H, W] → [N, C, rows, columns] */
export function cut(g: GraphBuilder, x: Value, { starts, ends, steps }: Cut): Value {
  const [, , height, width] = numericShape(x);
  if (starts[0] + starts[1] === 0 && ends[0] === height && ends[1] === width && steps[0] * steps[1] === 1) return x;
  return g.add('Slice', [x, g.int64s(starts), g.int64s(ends), g.int64s([2, 3]), g.int64s(steps)]);
}
