/**
 * @file The safetensors format: an 8-byte length, a JSON header, then the tensors' bytes without gaps. The header of a file
 * is believed only after it has been compared with the file's size; until then nothing of the size it claims is allocated.
 *
 * @source github.com/huggingface/safetensors, format of version 0.8
 */

import { StudioError } from '../error.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementBytes, viewAs } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensor } from '../tensor/tensor.ts';
import type { ByteSource } from './byte-source.ts';
import { isJsonObject, parseJsonObject, showJson } from './json.ts';
import { dtypesByName } from './safetensors-dtype.ts';

/** What the header says of one tensor, after it has been found possible. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Position of the first byte in the file. @unit bytes */
  readonly start: number;
  /** Position after the last byte in the file (exclusive). @unit bytes */
  readonly end: number;
}

/** The header of a file. */
export interface SafetensorsHeader {
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Free texts that the writer left. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** NumPy's limit as well. */
const maxRank = 64;

/** The largest header that is read; the largest published ones are below a twentieth of it. @unit bytes */
export const maxHeaderBytes = 16 * 2 ** 20;

/**
 * Reads and checks the header: every tensor's type, shape and range, no two of them overlapping, no byte of the file unaccounted for.
 *
 * @throws {StudioError} 'file-invalid' naming the file, the tensor and the two values that disagree
 */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const headerEnd = 8 + (await readHeaderLength(source));
  const json = parseJsonObject(`${source.name} (header)`, await source.slice(8, headerEnd));
  const infos = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readInfo(source, headerEnd, { name, entry }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(source, headerEnd, infos);
  return { tensors: new Map(infos.map((info) => [info.name, info])), metadata: readMetadata(source, json['__metadata__']) };
}

/** Reads one whole tensor. */
export async function readTensor(source: ByteSource, info: TensorInfo): Promise<Tensor> {
  const bytes = await source.slice(info.start, info.end);
  return tensor(info.dtype, info.shape, viewAs(info.dtype, bytes));
}

/**
 * Reads some rows of a tensor, counted along its first dimension, so that one too large for memory can be taken piece by piece.
 *
 * @param rows from start (inclusive) to end (exclusive)
 * @throws {StudioError} 'argument-invalid' when there are no such rows
 */
export async function readTensorRows(
  source: ByteSource,
  info: TensorInfo,
  rows: { readonly start: number; readonly end: number },
): Promise<Tensor> {
  const [rowCount, ...rest] = info.shape;
  if (rowCount === undefined || !(rows.start >= 0 && rows.start <= rows.end && rows.end <= rowCount)) {
    throw new StudioError(
      'argument-invalid',
      `${source.name}: ${info.name} [${info.shape.join(', ')}] has no rows ${String(rows.start)}–${String(rows.end)}`,
    );
  }
  const rowBytes = elementCount(rest) * elementBytes(info.dtype);
  const bytes = await source.slice(info.start + rows.start * rowBytes, info.start + rows.end * rowBytes);
  return tensor(info.dtype, [rows.end - rows.start, ...rest], viewAs(info.dtype, bytes));
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  if (source.byteLength === 0) throw invalid(source, 'the file is empty');
  if (source.byteLength < 8) throw invalid(source, `the file has ${String(source.byteLength)} bytes, fewer than the 8 of its length field`);
  const bytes = await source.slice(0, 8);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(source.byteLength - 8)) {
    throw invalid(
      source,
      `the header should have ${String(length)} bytes, but the file ends within it (${String(source.byteLength)} bytes in all)`,
    );
  }
  if (length > BigInt(maxHeaderBytes))
    throw invalid(source, `the header should have ${String(length)} bytes, at most ${String(maxHeaderBytes)} are read`);
  return Number(length);
}

function readInfo(source: ByteSource, headerEnd: number, { name, entry }: { readonly name: string; readonly entry: unknown }): TensorInfo {
  if (!isJsonObject(entry)) throw invalid(source, 'its entry in the header is no object', name);
  const { dtype: dtypeName, shape, data_offsets: offsets } = entry;
  const dtype = typeof dtypeName === 'string' ? dtypesByName.get(dtypeName) : undefined;
  if (dtype === undefined) {
    throw invalid(source, `its type is ${showJson(dtypeName)}; ${[...dtypesByName.keys()].join(', ')} are read`, name);
  }
  if (!isWholeNumbers(shape)) throw invalid(source, `its shape ${showJson(shape)} is no list of whole numbers from 0`, name);
  if (shape.length > maxRank)
    throw invalid(source, `its shape has ${String(shape.length)} dimensions, at most ${String(maxRank)} are read`, name);
  if (!isWholeNumbers(offsets)) throw invalid(source, `its data_offsets ${showJson(offsets)} are no two whole numbers`, name);
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end) {
    throw invalid(source, `its data_offsets ${showJson(offsets)} are no start and end`, name);
  }
  if (end > source.byteLength - headerEnd) {
    throw invalid(
      source,
      `its bytes should end at ${String(headerEnd + end)}, but the file has only ${String(source.byteLength)}: it is cut short or its header lies`,
      name,
    );
  }
  const needed = countElements(source, name, shape) * elementBytes(dtype);
  if (needed !== end - begin) {
    throw invalid(
      source,
      `${dtype} [${shape.join(', ')}] takes ${String(needed)} bytes, its data_offsets span ${String(end - begin)}`,
      name,
    );
  }
  return { name, dtype, shape, start: headerEnd + begin, end: headerEnd + end };
}

function countElements(source: ByteSource, name: string, shape: readonly number[]): number {
  try {
    return elementCount(shape);
  } catch (cause) {
    throw invalid(source, `its shape [${shape.join(', ')}] has more elements than can be counted`, name, cause);
  }
}

function checkCoverage(source: ByteSource, headerEnd: number, infos: readonly TensorInfo[]): void {
  let covered = headerEnd;
  let previous = 'the header';
  for (const { name, start, end } of infos) {
    if (start < covered)
      throw invalid(source, `its bytes begin at ${String(start)}, within those of ${previous} (up to ${String(covered)})`, name);
    if (start > covered) throw invalid(source, `${String(start - covered)} bytes before it, after ${previous}, belong to nothing`, name);
    covered = end;
    previous = name;
  }
  if (covered !== source.byteLength) {
    throw invalid(source, `the header accounts for ${String(covered)} bytes, the file has ${String(source.byteLength)}`);
  }
}

function readMetadata(source: ByteSource, metadata: unknown): ReadonlyMap<string, string> {
  if (metadata === undefined) return new Map();
  if (!isJsonObject(metadata)) throw invalid(source, '__metadata__ is no object');
  return new Map(
    Object.entries(metadata).map(([key, value]) => {
      if (typeof value !== 'string') throw invalid(source, `__metadata__.${key} is no text`);
      return [key, value];
    }),
  );
}

function isWholeNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function invalid(source: ByteSource, what: string, tensorName?: string, cause?: unknown): StudioError {
  const place = tensorName === undefined ? source.name : `${source.name}, tensor ${tensorName}`;
  return new StudioError('file-invalid', `${place}: ${what}`, {
    cause,
    details: { file: source.name, ...(tensorName === undefined ? {} : { tensor: tensorName }) },
  });
}
