/** @file Writing safetensors files: in one piece, or as a header after which the tensors' bytes follow as they come. */

import { StudioError } from '../error.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementBytes } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { namesOfDTypes } from './safetensors-dtype.ts';
import type { TensorInfo } from './safetensors.ts';

/** A tensor that is going to be written. */
export interface PlannedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A file laid out before any of its tensors exists: the header's bytes first, then each tensor's from its start to its end, in order. */
export interface SafetensorsPlan {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly tensors: readonly TensorInfo[];
  /** Size of the whole file. @unit bytes */
  readonly byteLength: number;
}

/**
 * Lays out a file whose tensors stand in the given order.
 *
 * @throws {StudioError} 'argument-invalid' when two tensors have one name, or one has the name of the metadata
 */
export function planSafetensors(tensors: readonly PlannedTensor[], metadata: Readonly<Record<string, string>> = {}): SafetensorsPlan {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (name === '__metadata__' || names.has(name))
      throw new StudioError('argument-invalid', `safetensors: a second tensor named ${name} cannot be written`);
    names.add(name);
  }
  let end = 0;
  const ranges = tensors.map((planned) => {
    const start = end;
    end += elementCount(planned.shape) * elementBytes(planned.dtype);
    return { ...planned, start, end };
  });
  const entries = ranges.map(
    ({ name, dtype, shape, start, end: stop }) => [name, { dtype: namesOfDTypes[dtype], shape, data_offsets: [start, stop] }] as const,
  );
  const json = JSON.stringify(
    Object.fromEntries<unknown>(Object.keys(metadata).length === 0 ? entries : [['__metadata__', metadata], ...entries]),
  );
  const header = encodeHeader(json);
  const shift = header.byteLength;
  return {
    header,
    tensors: ranges.map(({ name, dtype, shape, start, end: stop }) => ({ name, dtype, shape, start: start + shift, end: stop + shift })),
    byteLength: shift + end,
  };
}

/** Writes tensors and texts as one file; wider types stand first, so that every tensor begins at a multiple of its element size. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort(([, a], [, b]) => elementBytes(b.dtype) - elementBytes(a.dtype));
  const plan = planSafetensors(
    ordered.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
  );
  const file = new Uint8Array(plan.byteLength);
  file.set(plan.header);
  let at = plan.header.byteLength;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** The header is filled up with spaces, so that the bytes after it begin at a multiple of 8. */
function encodeHeader(json: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const header = new Uint8Array(8 + length).fill(32);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}
