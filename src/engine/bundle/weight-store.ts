/** @file Gives the weights of a bundle in the forms that graphs ask for, one tensor at a time. */

import type { ByteSource } from '../../core/codec/byte-source.ts';
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
  const spare: SpareMemory = { memory: null };
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
      return streamForm({ bundle, spare }, find(name), form);
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

/** Memory of `pieceBytes` that streams use one after another; null while one has it. */
interface SpareMemory {
  memory: ArrayBuffer | null;
}

interface StreamSource {
  readonly bundle: Bundle;
  readonly spare: SpareMemory;
}

/** Matrices that are turned or dequantised on their way are made whole. */
function streamForm(source: StreamSource, tensor: StoredTensor, form: WeightForm): AsyncIterable<Float32Array | Uint8Array> | null {
  const { format, byteLength } = tensor;
  if (form === 'transposed') return null;
  if (format.kind !== 'blocks') return form === 'plain' ? streamFloats(source, tensor, format.kind, { start: 0, end: byteLength }) : null;
  const codeBytes = codeBytesOf(tensor);
  if (form === 'packed') return streamRange(source, tensor, { start: 0, end: codeBytes });
  return form === 'scales' ? streamFloats(source, tensor, 'float16', { start: codeBytes, end: byteLength }) : null;
}

async function* streamFloats(source: StreamSource, tensor: StoredTensor, dtype: DType, range: ByteRange): AsyncGenerator<Float32Array> {
  for await (const piece of streamRange(source, tensor, range)) yield readFloats(dtype, piece);
}

async function* streamRange({ bundle, spare }: StreamSource, tensor: StoredTensor, range: ByteRange): AsyncGenerator<Uint8Array> {
  const { readInto } = shardOf(bundle, tensor);
  let memory = spare.memory ?? new ArrayBuffer(readInto ? pieceBytes : 0);
  spare.memory = null;
  for (let start = range.start; start < range.end; start += pieceBytes) {
    const end = Math.min(range.end, start + pieceBytes);
    if (readInto) {
      const piece = await readInto(memory, tensor.offset + start, tensor.offset + end);
      memory = piece.buffer;
      yield piece;
    } else yield await readRange(bundle, tensor, { start, end });
  }
  if (memory.byteLength === pieceBytes) spare.memory = memory;
}

/** Counted from a tensor's first byte; the end is exclusive. @unit bytes */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Reads a part of a tensor's bytes. */
function readRange(bundle: Bundle, tensor: StoredTensor, { start, end }: ByteRange): Promise<Uint8Array> {
  return shardOf(bundle, tensor).slice(tensor.offset + start, tensor.offset + end);
}

function shardOf(bundle: Bundle, { shard }: StoredTensor): ByteSource {
  const source = bundle.shards[shard];
  if (!source) throw new StudioError('internal', `internal: shard ${String(shard)} of ${bundle.manifest.name} was not opened`);
  return source;
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
