/** @file Turns a checkpoint into a bundle, one tensor at a time. */

import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { openSafetensors, readStored, type StoredTensor as CheckpointTensor } from '../../core/codec/checkpoint-tensors.ts';
import { readJsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { quantizeMatrix } from '../../core/quant/quantize.ts';
import { float32ToFloat16, readFloats } from '../../core/tensor/float16.ts';
import {
  blockMatrix,
  bundleFormatVersion,
  storedBytes,
  type BundleManifest,
  type Shard,
  type StoredFormat,
  type StoredTensor,
} from '../../../models/bundle.ts';
import { readModel } from '../../../models/families.ts';
import { sha256 } from '../bundle/verify.ts';
import { describePrecision, storedFormat, type Precision } from './precision.ts';
import { modelCard } from './model-card.ts';
import { neededTensors } from './needed-tensors.ts';

/** Where a bundle is written to; a file is complete once its write is over. */
export interface BundleSink {
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/** What a conversion is told. */
export interface ConvertOptions {
  readonly precision: Precision;
  readonly name: string;
  /** What it comes from: a hub id with its revision, or a folder's name. */
  readonly source: string;
  readonly licence: string;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly isCancelled?: () => boolean;
}

/** Shards stay below what one range request or one buffer comfortably takes. @unit bytes */
const shardLimitBytes = 64 * 2 ** 20;
const alignment = 16;
/** Files that a bundle takes over as they are, where the checkpoint has them. */
const sideFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'generation_config.json',
  'chat_template.json',
  'chat_template.jinja',
];

/**
 * Converts a checkpoint.
 *
 * @throws {StudioError} 'model-unknown' for an architecture that no family reads, 'shape-mismatch', 'file-missing', 'file-invalid', 'cancelled'
 */
export async function convertCheckpoint(files: FileSet, sink: BundleSink, options: ConvertOptions): Promise<BundleManifest> {
  const configFile = await files.open('config.json');
  if (!configFile) throw new StudioError('file-missing', `${files.name}: there is no config.json, so this is no checkpoint`);
  const config = await readJsonObject(configFile, 16 * 2 ** 20);
  const model = readModel(config);
  const { family } = model;
  const tensors = neededTensors(files.name, model, (await openSafetensors(files)).tensors);
  const writer = shardWriter(sink);
  const total = [...tensors.values()].reduce((sum, { info }) => sum + info.end - info.start, 0);
  let done = 0;
  for (const [name, tensor] of tensors) {
    if (options.isCancelled?.()) throw new StudioError('cancelled', `${files.name}: the conversion was stopped`);
    await writer.add(name, tensor, storedFormat(name, tensor.info.shape, options.precision));
    done += tensor.info.end - tensor.info.start;
    options.onProgress?.(done, total);
  }
  const { shards, stored } = await writer.finish();
  const manifest: BundleManifest = {
    formatVersion: bundleFormatVersion,
    name: options.name,
    family,
    precision: describePrecision(options.precision),
    licence: options.licence,
    source: options.source,
    config,
    shards,
    files: await copySideFiles(files, sink, { ...options, family, weightBytes: shards.reduce((sum, shard) => sum + shard.sizeBytes, 0) }),
    tensors: stored,
  };
  await sink.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

interface ShardWriter {
  add(name: string, tensor: CheckpointTensor, format: StoredFormat): Promise<void>;
  finish(): Promise<{ readonly shards: readonly Shard[]; readonly stored: readonly StoredTensor[] }>;
}

function shardWriter(sink: BundleSink): ShardWriter {
  const shards: Shard[] = [];
  const stored: StoredTensor[] = [];
  let parts: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    const path = `weights-${String(shards.length).padStart(3, '0')}.bin`;
    shards.push(await writeFile(sink, path, joined(parts, size)));
    parts = [];
    size = 0;
  };
  return {
    add: async (name, tensor, format) => {
      const bytes = encodeStored(name, await readStored(tensor), format);
      if (size > 0 && size + bytes.byteLength > shardLimitBytes) await flush();
      stored.push({ name, shape: tensor.info.shape, format, shard: shards.length, offset: size, byteLength: bytes.byteLength });
      const padding = (alignment - (bytes.byteLength % alignment)) % alignment;
      parts.push(bytes, new Uint8Array(padding));
      size += bytes.byteLength + padding;
    },
    finish: async () => {
      await flush();
      return { shards, stored };
    },
  };
}

function encodeStored(name: string, tensor: Awaited<ReturnType<typeof readStored>>, format: StoredFormat): Uint8Array {
  const raw = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  if (format.kind === tensor.dtype) return raw;
  const floats = readFloats(tensor.dtype, raw);
  switch (format.kind) {
    case 'float32':
      return bytesOf(floats);
    case 'float16':
      return bytesOf(halves(name, floats));
    case 'bfloat16':
      throw new StudioError('internal', `internal: ${name} is not bfloat16`);
    case 'blocks': {
      const { rows, columns } = blockMatrix(tensor.shape);
      const { codes, scales } = quantizeMatrix(floats, rows, columns, { bits: format.bits, block: format.block, halfScales: true });
      const bytes = joined([codes, bytesOf(float32ToFloat16(scales))], codes.byteLength + scales.length * 2);
      if (bytes.byteLength !== storedBytes(tensor.shape, format))
        throw new StudioError('internal', `internal: ${name} was packed to the wrong size`);
      return bytes;
    }
    default:
      return format satisfies never;
  }
}

function halves(name: string, floats: Float32Array): Uint16Array {
  const largestHalf = 65504;
  if (floats.some((value) => Math.abs(value) > largestHalf)) {
    throw new StudioError(
      'file-invalid',
      `${name}: has numbers beyond ±65504, which half floats cannot hold; convert with --quantize fp32`,
    );
  }
  return float32ToFloat16(floats);
}

async function copySideFiles(files: FileSet, sink: BundleSink, facts: Parameters<typeof modelCard>[0]): Promise<readonly Shard[]> {
  const copied: Shard[] = [];
  for (const path of sideFiles) {
    const file: ByteSource | null = await files.open(path);
    if (file) copied.push(await writeFile(sink, path, await file.slice(0, file.byteLength)));
  }
  copied.push(await writeFile(sink, 'README.md', new TextEncoder().encode(modelCard(facts))));
  return copied;
}

async function writeFile(sink: BundleSink, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Shard> {
  const digest = await sha256(bytes);
  await sink.write(path, bytes);
  return { path, sizeBytes: bytes.byteLength, sha256: digest };
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
