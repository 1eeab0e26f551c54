/** @file Which tensor of a checkpoint is stored how, for each precision that a user can ask for. */

import { blockMatrix, type StoredFormat } from '../../../models/bundle.ts';

/** The precisions by name. */
export const precisions = ['fp32', 'fp16', 'q8', 'q4'] as const;

/** One of the precisions. */
export type Precision = (typeof precisions)[number];

/** Columns that share a scale. */
const block = 32;

/**
 * Chooses the format of one tensor.
 *
 * Blocks are for the matrices of decoder, projector and transformer towers. Everything small (norms, biases) and convolutions stay as half
 * floats: together they are a few per cent of a large model, and in a small one they carry what the picture says.
 */
export function storedFormat(name: string, shape: readonly number[], precision: Precision): StoredFormat {
  if (precision === 'fp32') return { kind: 'float32' };
  const isMatrix =
    shape.length === 2 &&
    name.endsWith('.weight') &&
    blockMatrix(shape).columns % block === 0 &&
    !/position_embedding|class_embedding/.test(name);
  if (precision === 'fp16' || !isMatrix) return { kind: 'float16' };
  return { kind: 'blocks', bits: precision === 'q8' ? 8 : 4, block };
}

/** Tells a precision in words for cards and status lines. */
export function describePrecision(precision: Precision): string {
  return precision === 'q8' || precision === 'q4' ? `${precision} matrices, fp16 rest` : precision;
}
