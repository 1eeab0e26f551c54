/** @file The manifest of a model bundle: what a folder of shards holds, and how to tell that it is whole. */

import { StudioError } from '../src/core/error.ts';
import { elementCount } from '../src/core/tensor/shape.ts';

/** The version of the format that this code writes; it reads this one only. */
export const bundleFormatVersion = 1;

/** How a tensor's bytes are stored. */
export type StoredFormat =
  | { readonly kind: 'float32' | 'float16' | 'bfloat16' }
  /** Blocks along the last of two dimensions [N, K] (leading ones kept, the others multiplied): MatMulNBits' bytes, then the scales as float16 [N, ⌈K / block⌉]. */
  | { readonly kind: 'blocks'; readonly bits: 4 | 8; readonly block: number };

/** Where one tensor lies. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: StoredFormat;
  /** Which shard, as an index into `shards`. */
  readonly shard: number;
  /** First byte in the shard, a multiple of 16. @unit bytes */
  readonly offset: number;
  /** @unit bytes */
  readonly byteLength: number;
}

/** One file of weights. */
export interface Shard {
  readonly path: string;
  /** @unit bytes */
  readonly sizeBytes: number;
  /** Hex digits. */
  readonly sha256: string;
}

/** A file beside the weights: tokenizer, processor, card. */
export type SideFile = Shard;

/** Everything that `manifest.json` says. */
export interface BundleManifest {
  readonly formatVersion: number;
  readonly name: string;
  readonly family: string;
  /** For people: 'q8 decoder, fp16 tower'. */
  readonly precision: string;
  readonly licence: string;
  /** What it was converted from: a hub id with its revision, or a folder's name. */
  readonly source: string;
  /** The checkpoint's own config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly shards: readonly Shard[];
  readonly files: readonly SideFile[];
  readonly tensors: readonly StoredTensor[];
}

/** Counts the rows and columns under which a tensor of any rank is cut into blocks. */
export function blockMatrix(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const rows = shape.length > 1 ? (shape[0] ?? 1) : 1;
  return { rows, columns: rows === 0 ? 0 : elementCount(shape) / rows };
}

/**
 * Tells how many bytes a tensor takes in a shard.
 *
 * @unit bytes
 */
export function storedBytes(shape: readonly number[], format: StoredFormat): number {
  if (format.kind !== 'blocks') return elementCount(shape) * (format.kind === 'float32' ? 4 : 2);
  const { rows, columns } = blockMatrix(shape);
  const blocks = Math.ceil(columns / format.block);
  return rows * blocks * ((format.block * format.bits) / 8 + 2);
}

/**
 * Reads a manifest, believing nothing: sizes must add up and every tensor must lie inside of its shard.
 *
 * @throws {StudioError} 'file-invalid' naming the field or tensor
 */
export function readManifest(json: unknown, place: string): BundleManifest {
  const fail = (message: string): never => {
    throw new StudioError('file-invalid', `${place}: ${message}; convert the checkpoint again`);
  };
  if (!isRecord(json)) return fail('no JSON object');
  if (json['formatVersion'] !== bundleFormatVersion) {
    return fail(`format version ${String(json['formatVersion'])}, this studio reads ${String(bundleFormatVersion)}`);
  }
  for (const field of ['name', 'family', 'precision', 'licence', 'source'] as const)
    if (typeof json[field] !== 'string') fail(`${field} is no text`);
  if (!isRecord(json['config'])) fail('config is no object');
  const shards = listOf(json['shards'], isShard) ?? fail('shards are not well formed');
  if (listOf(json['files'], isShard) === null) fail('files are not well formed');
  const tensors = listOf(json['tensors'], isStoredTensor) ?? fail('tensors are not well formed');
  const names = new Set<string>();
  for (const tensor of tensors) {
    if (names.has(tensor.name)) fail(`tensor ${tensor.name} stands twice`);
    names.add(tensor.name);
    checkPlace(tensor, shards, fail);
  }
  return json as unknown as BundleManifest;
}

function checkPlace(tensor: StoredTensor, shards: readonly Shard[], fail: (message: string) => never): void {
  const shard = shards[tensor.shard];
  if (!shard) return fail(`tensor ${tensor.name} lies in shard ${String(tensor.shard)}, which is not there`);
  if (tensor.offset % 16 !== 0 || tensor.offset + tensor.byteLength > shard.sizeBytes)
    fail(`tensor ${tensor.name} does not lie inside of ${shard.path}`);
  if (storedBytes(tensor.shape, tensor.format) !== tensor.byteLength)
    fail(`tensor ${tensor.name} has ${String(tensor.byteLength)} bytes, which is not what its shape needs`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<T>(value: unknown, check: (item: unknown) => item is T): readonly T[] | null {
  return Array.isArray(value) && value.every(check) ? value : null;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A path that stays inside of the bundle, and is not the bundle itself. */
function isSafePath(value: unknown): value is string {
  return (
    typeof value === 'string' && /^[\w.-]+(\/[\w.-]+)*$/.test(value) && !value.split('/').some((part) => part === '.' || part === '..')
  );
}

function isShard(value: unknown): value is Shard {
  return (
    isRecord(value) &&
    isSafePath(value['path']) &&
    isSize(value['sizeBytes']) &&
    typeof value['sha256'] === 'string' &&
    /^[0-9a-f]{64}$/.test(value['sha256'])
  );
}

function isFormat(value: unknown): value is StoredFormat {
  if (!isRecord(value)) return false;
  if (value['kind'] !== 'blocks') return value['kind'] === 'float32' || value['kind'] === 'float16' || value['kind'] === 'bfloat16';
  return (value['bits'] === 4 || value['bits'] === 8) && [16, 32, 64, 128, 256].includes(Number(value['block']));
}

function isStoredTensor(value: unknown): value is StoredTensor {
  if (!isRecord(value) || typeof value['name'] !== 'string' || !isFormat(value['format'])) return false;
  const { shape } = value;
  const isShape =
    Array.isArray(shape) &&
    shape.length <= 8 &&
    shape.every((dim) => isSize(dim) && dim < 2 ** 31) &&
    shape.reduce<number>((n, dim) => n * Number(dim), 1) < 2 ** 40;
  return isShape && isSize(value['shard']) && isSize(value['offset']) && isSize(value['byteLength']);
}
