/** @file Some rows of a checkpoint's tensor in the form in which a bundle stores them, and their places in the shard. */

import { StudioError } from '../../core/error.ts';
import { quantizeMatrix } from '../../core/quant/quantize.ts';
import { float32ToBfloat16, float32ToFloat16, readFloats } from '../../core/tensor/float16.ts';
import { blockMatrix, type StoredFormat } from '../../../models/bundle.ts';
import { rowBytesOf, type Part } from './plan.ts';

/** Bytes with the position in the shard where they belong. */
export interface PlacedBytes {
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes what a part reads; `raw` is its bytes and no others.
 *
 * @throws {StudioError} 'file-invalid' naming a tensor with numbers that the format cannot hold
 */
export function encodePart(part: Part, raw: Uint8Array<ArrayBuffer>): readonly PlacedBytes[] {
  if (part.kind === 'copy') return [{ at: part.at, bytes: raw }];
  const { tensor, dtype, firstRow, rowCount } = part;
  const { format, name } = tensor;
  const { rows, columns } = blockMatrix(tensor.shape);
  const row = rowBytesOf(format, columns);
  const at = tensor.offset + firstRow * row.codes;
  if (format.kind === dtype) return [{ at, bytes: raw }];
  const floats = readFloats(dtype, raw);
  if (format.kind !== 'blocks') return [{ at, bytes: encodeFloats(name, floats, format.kind) }];
  const { codes, scales } = quantizeRows(name, floats, { rows: rowCount, columns, format });
  const scalesAt = tensor.offset + rows * row.codes + firstRow * row.scales;
  return [
    { at, bytes: bytesOf(codes) },
    { at: scalesAt, bytes: bytesOf(float32ToFloat16(scales)) },
  ];
}

function encodeFloats(name: string, floats: Float32Array, kind: Exclude<StoredFormat['kind'], 'blocks'>): Uint8Array<ArrayBuffer> {
  switch (kind) {
    case 'float32':
      return bytesOf(floats);
    case 'float16':
      return bytesOf(halves(name, floats));
    case 'bfloat16':
      return bytesOf(float32ToBfloat16(floats));
    default:
      return kind satisfies never;
  }
}

function halves(name: string, floats: Float32Array): Uint16Array {
  const largestHalf = 65504;
  if (floats.some((value) => Math.abs(value) > largestHalf)) {
    throw new StudioError('file-invalid', `${name}: has numbers beyond ±65504, which half floats cannot hold; convert it to fp32`, {
      details: { tensor: name },
    });
  }
  return float32ToFloat16(floats);
}

interface BlockRows {
  readonly rows: number;
  readonly columns: number;
  readonly format: Extract<StoredFormat, { kind: 'blocks' }>;
}

function quantizeRows(name: string, floats: Float32Array, { rows, columns, format }: BlockRows): ReturnType<typeof quantizeMatrix> {
  try {
    return quantizeMatrix(floats, rows, columns, { bits: format.bits, block: format.block, halfScales: true });
  } catch (cause) {
    if (!(cause instanceof StudioError) || cause.code !== 'argument-invalid') throw cause;
    throw new StudioError('file-invalid', `${name}: has values that are no finite numbers; the checkpoint is broken`, {
      cause,
      details: { tensor: name },
    });
  }
}

function bytesOf(array: Float32Array | Uint16Array | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
