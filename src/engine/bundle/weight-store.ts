/** @file Gives the weights of a bundle in the forms that graphs ask for, one tensor at a time. */

import { StudioError } from '../../core/error.ts';
import { parseWeightKey, type WeightCatalog, type WeightForm } from '../../core/nn/weights.ts';
import { readFloats } from '../../core/tensor/float16.ts';
import { dequantizeMatrix } from '../../core/quant/quantize.ts';
import { blockMatrix, type StoredFormat, type StoredTensor } from '../../../models/bundle.ts';
import type { ComputePolicy, FileRange, WeightReader } from '../runtime.ts';
import type { Bundle } from './bundle.ts';

/** The weights of one bundle, under one policy. */
export interface WeightStore extends WeightReader {
  readonly catalog: WeightCatalog;
}

type BlockFormat = Extract<StoredFormat, { kind: 'blocks' }>;

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
      const bytes = await readStoredBytes(bundle, tensor);
      switch (form) {
        case 'plain':
          return toFloats(tensor, bytes);
        case 'transposed':
          return transposed(toFloats(tensor, bytes), tensor);
        case 'packed':
          return splitBlocks(tensor, bytes).packed;
        case 'scales':
          return splitBlocks(tensor, bytes).scales;
        default:
          return form satisfies never;
      }
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
function locateForm({ format, shape, offset, byteLength }: StoredTensor, form: WeightForm, filePath: string): FileRange | null {
  if (format.kind === 'bfloat16') return null;
  if (format.kind !== 'blocks') {
    if (form === 'packed' || form === 'scales') return null;
    return { filePath, offset, byteLength, dtype: format.kind, isTransposed: form === 'transposed' };
  }
  const codeBytes = packedBytes(shape, format);
  if (form === 'packed') return { filePath, offset, byteLength: codeBytes, dtype: 'uint8', isTransposed: false };
  if (form !== 'scales') return null;
  return { filePath, offset: offset + codeBytes, byteLength: byteLength - codeBytes, dtype: 'float16', isTransposed: false };
}

async function readStoredBytes(bundle: Bundle, tensor: StoredTensor): Promise<Uint8Array> {
  const shard = bundle.shards[tensor.shard];
  if (!shard) throw new StudioError('internal', `internal: shard ${String(tensor.shard)} of ${bundle.manifest.name} was not opened`);
  return shard.slice(tensor.offset, tensor.offset + tensor.byteLength);
}

function splitBlocks(tensor: StoredTensor, bytes: Uint8Array): { readonly packed: Uint8Array; readonly scales: Float32Array } {
  const { format, shape, name } = tensor;
  if (format.kind !== 'blocks') throw new StudioError('internal', `internal: ${name} is not stored in blocks`);
  const codeBytes = packedBytes(shape, format);
  return { packed: bytes.subarray(0, codeBytes), scales: readFloats('float16', bytes.subarray(codeBytes)) };
}

/** How many of a tensor's bytes are codes; its scales follow. @unit bytes */
function packedBytes(shape: readonly number[], { bits, block }: BlockFormat): number {
  const { rows, columns } = blockMatrix(shape);
  return rows * Math.ceil(columns / block) * ((block * bits) / 8);
}

function toFloats(tensor: StoredTensor, bytes: Uint8Array): Float32Array {
  const { format, shape } = tensor;
  if (format.kind !== 'blocks') return readFloats(format.kind, bytes);
  const { rows, columns } = blockMatrix(shape);
  const { packed, scales } = splitBlocks(tensor, bytes);
  return dequantizeMatrix({ codes: packed, scales, rows, columns, bits: format.bits, block: format.block });
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
