/** @file Gives the weights of a bundle in the forms that graphs ask for, one tensor at a time. */

import { StudioError } from '../../core/error.ts';
import { parseWeightKey, type WeightCatalog, type WeightForm } from '../../core/nn/weights.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import { readFloats } from '../../core/tensor/float16.ts';
import { dequantizeMatrix } from '../../core/quant/quantize.ts';
import { blockMatrix, type StoredTensor } from '../../../models/bundle.ts';
import type { ComputePolicy, FileRange, WeightReader } from '../runtime.ts';
import type { Bundle } from './bundle.ts';

/** The weights of one bundle, under one policy. */
export interface WeightStore extends WeightReader {
  readonly catalog: WeightCatalog;
}

/** Makes the store of a bundle; nothing is read until a graph asks. */
export function weightStore(bundle: Bundle, policy: ComputePolicy): WeightStore {
  const find = (name: string): StoredTensor => {
    const tensor = bundle.tensors.get(name);
    if (!tensor)
      throw new StudioError('file-missing', `${bundle.manifest.name}: the bundle has no tensor ${name}; convert the checkpoint again`, {
        details: { tensor: name },
      });
    return tensor;
  };
  return {
    id: `${bundle.manifest.name}:${policy}`,
    catalog: {
      format: (name) => {
        const { format } = find(name);
        return format.kind === 'blocks' && policy === 'stored' ? format : { kind: 'float32' };
      },
    },
    read: async (key) => {
      const { name, form } = parseWeightKey(key);
      const tensor = find(name);
      switch (form) {
        case 'plain':
          return readTensorFloats(bundle, tensor);
        case 'transposed':
          return transposed(await readTensorFloats(bundle, tensor), tensor);
        case 'packed':
          return readRange(bundle, tensor, { start: 0, end: codeBytesOf(tensor) });
        case 'scales':
          return readFloats('float16', await readRange(bundle, tensor, { start: codeBytesOf(tensor), end: tensor.byteLength }));
        default:
          return form satisfies never;
      }
    },
    stream: (key) => {
      const { name, form } = parseWeightKey(key);
      return streamForm(bundle, find(name), form);
    },
    locate: (key) => {
      const { name, form } = parseWeightKey(key);
      const tensor = find(name);
      const filePath = bundle.shards[tensor.shard]?.filePath;
      return filePath === undefined ? null : locateForm(tensor, form, filePath);
    },
  };
}

/** Blocks that are wanted as floats lie in no file. */
function locateForm(tensor: StoredTensor, form: WeightForm, filePath: string): FileRange | null {
  const { format, offset, byteLength } = tensor;
  if (format.kind === 'bfloat16') return null;
  if (format.kind !== 'blocks') {
    if (form === 'packed' || form === 'scales') return null;
    return { filePath, offset, byteLength, dtype: format.kind, isTransposed: form === 'transposed' };
  }
  const codeBytes = codeBytesOf(tensor);
  if (form === 'packed') return { filePath, offset, byteLength: codeBytes, dtype: 'uint8', isTransposed: false };
  if (form !== 'scales') return null;
  return { filePath, offset: offset + codeBytes, byteLength: byteLength - codeBytes, dtype: 'float16', isTransposed: false };
}

/** Small against what a page may take, large against the cost of one reading. A whole number of words in any type. @unit bytes */
const pieceBytes = 8 * 2 ** 20;

/** Matrices that are turned or dequantised on their way are made whole. */
function streamForm(bundle: Bundle, tensor: StoredTensor, form: WeightForm): AsyncIterable<Float32Array | Uint8Array> | null {
  const { format, byteLength } = tensor;
  if (form === 'transposed') return null;
  if (format.kind !== 'blocks') return form === 'plain' ? streamFloats(bundle, tensor, format.kind, { start: 0, end: byteLength }) : null;
  const codeBytes = codeBytesOf(tensor);
  if (form === 'packed') return streamRange(bundle, tensor, { start: 0, end: codeBytes });
  return form === 'scales' ? streamFloats(bundle, tensor, 'float16', { start: codeBytes, end: byteLength }) : null;
}

async function* streamFloats(bundle: Bundle, tensor: StoredTensor, dtype: DType, range: ByteRange): AsyncGenerator<Float32Array> {
  for await (const piece of streamRange(bundle, tensor, range)) yield readFloats(dtype, piece);
}

async function* streamRange(bundle: Bundle, tensor: StoredTensor, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += pieceBytes)
    yield await readRange(bundle, tensor, { start: at, end: Math.min(end, at + pieceBytes) });
}

/** Counted from a tensor's first byte; the end is exclusive. @unit bytes */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Reads a part of a tensor's bytes. */
async function readRange(bundle: Bundle, tensor: StoredTensor, { start, end }: ByteRange): Promise<Uint8Array> {
  const shard = bundle.shards[tensor.shard];
  if (!shard) throw new StudioError('internal', `internal: shard ${String(tensor.shard)} of ${bundle.manifest.name} was not opened`);
  return shard.slice(tensor.offset + start, tensor.offset + end);
}

async function readTensorFloats(bundle: Bundle, tensor: StoredTensor): Promise<Float32Array> {
  const { format, shape, byteLength } = tensor;
  const bytes = await readRange(bundle, tensor, { start: 0, end: byteLength });
  if (format.kind !== 'blocks') return readFloats(format.kind, bytes);
  const { rows, columns } = blockMatrix(shape);
  const codeBytes = codeBytesOf(tensor);
  const scales = readFloats('float16', bytes.subarray(codeBytes));
  return dequantizeMatrix({ codes: bytes.subarray(0, codeBytes), scales, rows, columns, bits: format.bits, block: format.block });
}

/** How many of a tensor's bytes are codes; its scales follow. @unit bytes */
function codeBytesOf({ format, shape, name }: StoredTensor): number {
  if (format.kind !== 'blocks') throw new StudioError('internal', `internal: ${name} is not stored in blocks`);
  const { rows, columns } = blockMatrix(shape);
  return rows * Math.ceil(columns / format.block) * ((format.block * format.bits) / 8);
}

/** Turns [N, K] into [K, N], in tiles that stay in the processor's cache. */
function transposed(data: Float32Array, { shape, name }: StoredTensor): Float32Array {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2)
    throw new StudioError('internal', `internal: ${name} is no matrix`);
  const result = new Float32Array(data.length);
  const tile = 32;
  for (let row = 0; row < rows; row += tile) {
    for (let column = 0; column < columns; column += tile) {
      for (let r = row; r < Math.min(row + tile, rows); r++) {
        for (let c = column; c < Math.min(column + tile, columns); c++) result[c * rows + r] = data[r * columns + c] ?? 0;
      }
    }
  }
  return result;
}
