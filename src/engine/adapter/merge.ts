/** @file A copy of a bundle with adapters in its weights. */

import type { FileSink } from '../../core/codec/byte-sink.ts';
import { joinBytes } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import { quantizeMatrix } from '../../core/quant/quantize.ts';
import { float32ToFloat16 } from '../../core/tensor/float16.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { blockMatrix, type BundleManifest, type Shard, type StoredFormat, type StoredTensor } from '../../../models/bundle.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { sha256 } from '../bundle/verify.ts';
import type { OpenModel } from '../model.ts';
import { checkCombination, kindName, type WornAdapter } from './combine.ts';
import { checkFit } from './fit.ts';
import { lowRankModules } from './low-rank.ts';
import { mergedWeight } from './merge-weights.ts';
import type { WornModule } from './slot-values.ts';
import { changesSharedTable } from './tables.ts';

/** How a merged bundle is written. */
export interface MergeOptions {
  readonly name: string;
  /** How changed weights are stored: as floats, exactly; or as the base stores them, quantised again. */
  readonly changedAs: 'float32' | 'same';
  readonly onProgress?: (doneTensors: number, totalTensors: number) => void;
  readonly isCancelled?: () => boolean;
}

/** @unit bytes */
const shardBytes = 64 * 2 ** 20;
const alignment = 16;

/**
 * Writes a bundle in whose weights the adapters are; everything else is the base's.
 *
 * @throws {StudioError} 'argument-invalid' for kinds that are no change of weights, 'adapter-mismatch', 'cancelled'
 */
export async function mergeAdapters(
  model: Pick<OpenModel, 'model' | 'bundle' | 'store'>,
  worn: readonly WornAdapter[],
  sink: FileSink,
  options: MergeOptions,
): Promise<BundleManifest> {
  const { bundle } = model;
  const changes = changesOf(model, worn);
  const shards: Shard[] = [];
  const tensors: StoredTensor[] = [];
  let parts: Uint8Array[] = [];
  let size = 0;
  const closeShard = async (): Promise<void> => {
    if (size === 0) return;
    shards.push(await writeHashed(sink, `weights-${String(shards.length).padStart(3, '0')}.bin`, joinBytes(parts)));
    [parts, size] = [[], 0];
  };
  for (const [i, tensor] of bundle.manifest.tensors.entries()) {
    if (options.isCancelled?.()) throw new StudioError('cancelled', `${options.name}: merging was stopped`);
    const changed = await changes(tensor.name);
    const format: StoredFormat = changed && options.changedAs === 'float32' ? { kind: 'float32' } : tensor.format;
    const bytes = changed ? encode(changed, format) : await storedBytesOf(bundle, tensor);
    if (size > 0 && size + bytes.byteLength > shardBytes) await closeShard();
    tensors.push({ ...tensor, format, shard: shards.length, offset: size, byteLength: bytes.byteLength });
    const padding = (alignment - (bytes.byteLength % alignment)) % alignment;
    parts.push(bytes, new Uint8Array(padding));
    size += bytes.byteLength + padding;
    options.onProgress?.(i + 1, bundle.manifest.tensors.length);
  }
  await closeShard();
  const manifest: BundleManifest = {
    ...bundle.manifest,
    name: options.name,
    source: `${bundle.manifest.source} with ${worn.map(({ adapter, scale }) => `${adapter.name} × ${String(scale)}`).join(', ')}`,
    precision: options.changedAs === 'float32' ? `${bundle.manifest.precision}; changed weights fp32` : bundle.manifest.precision,
    shards,
    tensors,
    files: await copyFiles(bundle, sink),
  };
  await sink.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

/** Gives for each tensor what becomes of it, or null where it stays. */
function changesOf(
  model: Pick<OpenModel, 'model' | 'bundle' | 'store'>,
  worn: readonly WornAdapter[],
): (name: string) => Promise<Tensor<'float32'> | null> {
  const { bundle } = model;
  if (worn.length === 0) throw new StudioError('argument-invalid', 'merge: name an adapter');
  checkCombination(worn);
  for (const { adapter } of worn) {
    const { kind } = adapter.spec;
    if (kind === 'prompt' || kind === 'prefix')
      throw new StudioError(
        'argument-invalid',
        `${adapter.name}: ${kindName(adapter)} is no change of weights; it can be worn, but not merged`,
      );
    checkFit(model, adapter);
    if (changesSharedTable(model.model.decoder, adapter))
      throw new StudioError(
        'argument-invalid',
        `${adapter.name}: changes the head and the embeddings in different ways, and ${bundle.manifest.name} has one table for both; it can be worn, but not merged`,
      );
  }
  const modules = worn.flatMap(({ adapter, scale }) =>
    lowRankModules(adapter).map((change): WornModule => ({ ...change, strength: scale })),
  );
  const replaced = new Map(worn.flatMap(({ adapter }) => [...adapter.replaced]));
  return async (name) => {
    const own = modules.filter(({ module }) => `${module}.weight` === name);
    return own.length > 0 ? mergedWeight(model.store, own) : (replaced.get(name) ?? null);
  };
}

function encode({ data, shape }: Tensor<'float32'>, format: StoredFormat): Uint8Array {
  switch (format.kind) {
    case 'float32':
      return bytesOf(data);
    case 'float16':
      return bytesOf(float32ToFloat16(data));
    case 'bfloat16':
      // Truncating would lose the change; half a bit of rounding keeps it.
      return bytesOf(
        Uint16Array.from(
          new Uint32Array(data.buffer, data.byteOffset, data.length),
          (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16,
        ),
      );
    case 'blocks': {
      const { rows, columns } = blockMatrix(shape);
      const { codes, scales } = quantizeMatrix(data, rows, columns, { ...format, halfScales: true });
      return joinBytes([codes, bytesOf(float32ToFloat16(scales))]);
    }
    default:
      return format satisfies never;
  }
}

async function storedBytesOf({ shards, manifest }: Bundle, tensor: StoredTensor): Promise<Uint8Array> {
  const shard = shards[tensor.shard];
  if (!shard) throw new StudioError('internal', `internal: shard ${String(tensor.shard)} of ${manifest.name} was not opened`);
  return shard.slice(tensor.offset, tensor.offset + tensor.byteLength);
}

async function copyFiles({ files }: Bundle, sink: FileSink): Promise<readonly Shard[]> {
  const copied: Shard[] = [];
  for (const path of await files.list()) {
    const file = await files.open(path);
    if (file) copied.push(await writeHashed(sink, path, await file.slice(0, file.byteLength)));
  }
  return copied;
}

async function writeHashed(sink: FileSink, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Shard> {
  await sink.write(path, bytes);
  return { path, sizeBytes: bytes.byteLength, sha256: await sha256(bytes) };
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
