/**
 * @file Where the codes and scales of a block-quantised matrix lie: byte for byte as onnxruntime's MatMulNBits takes them. The same
 * bytes serve GatherBlockQuantized, and as uint4 or uint8 [N, K] DequantizeLinear, where K is a whole number of blocks.
 *
 * @source onnxruntime 1.30, docs/ContribOperators.md, com.microsoft.MatMulNBits
 */

import { StudioError } from '../error.ts';

/** How finely a matrix is quantised. */
export interface BlockSpec {
  readonly bits: 4 | 8;
  /** How many neighbours along K share a scale: 16, 32, 64, 128 or 256. */
  readonly block: number;
}

/** What published 4-bit models mostly use, and the kernels are best at. */
export const defaultBlock = 32;

/**
 * A matrix [N, K] as codes and one scale a block; an element is `(code - zeroPoint) * scale`.
 *
 * @shape codes [N, ceil(K / block), block * bits / 8], scales [N, ceil(K / block)]
 */
export interface QuantizedMatrix extends BlockSpec {
  /** N. */
  readonly rows: number;
  /** K. */
  readonly columns: number;
  /** Codes in order, two of 4 bits in a byte with the earlier one low; the last block of a row is filled up with the zero point. */
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
}

/** Gives the code that stands for zero: the middle, which MatMulNBits takes where it is given no zero points. */
export function zeroPointOf(bits: 4 | 8): number {
  return bits === 4 ? 8 : 128;
}

/** The shapes of codes and scales, outermost dimension first. */
export interface BlockShapes {
  readonly codes: readonly [number, number, number];
  readonly scales: readonly [number, number];
}

/**
 * Gives the shapes that a quantised matrix has.
 *
 * @throws {StudioError} 'argument-invalid' when the block is no size that the kernels know
 */
export function blockShapes(rows: number, columns: number, { bits, block }: BlockSpec): BlockShapes {
  if (![16, 32, 64, 128, 256].includes(block)) {
    throw new StudioError('argument-invalid', `quantise: blocks of ${String(block)} are not known; take 16, 32, 64, 128 or 256`);
  }
  const blocks = Math.ceil(columns / block);
  return { codes: [rows, blocks, (block * bits) / 8], scales: [rows, blocks] };
}
