/** @file A copy of a bundle with adapters in its weights, written some rows at a time: no tensor is ever whole in memory. */

import type { FileSink, GrowingFile } from '../../core/codec/byte-sink.ts';
import type { ByteSource } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import { dequantizeMatrix } from '../../core/quant/quantize.ts';
import { readFloats } from '../../core/tensor/float16.ts';
import { blockMatrix, type BundleManifest, type Shard, type StoredTensor } from '../../../models/bundle.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { hashSource, sha256 } from '../bundle/verify.ts';
import { encodePart } from '../convert/encode-rows.ts';
import { planLimits, rowBytesOf } from '../convert/plan.ts';
import type { WornAdapter } from './combine.ts';
import { planMerge, type ChangedAs, type MergeBase, type MergeEntry } from './merge-plan.ts';
import { mergeRows } from './merge-weights.ts';

/** How a merged bundle is written. */
export interface MergeOptions {
  readonly name: string;
  readonly changedAs: ChangedAs;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly isCancelled?: () => boolean;
}

/**
 * Writes a bundle in whose weights the adapters are; everything else is the base's.
 *
 * @throws {StudioError} 'argument-invalid' for kinds that are no change of weights, 'adapter-mismatch', 'cancelled', and what the sink refuses
 */
export async function mergeAdapters(
  base: MergeBase,
  worn: readonly WornAdapter[],
  sink: FileSink,
  options: MergeOptions,
): Promise<BundleManifest> {
  const { bundle } = base;
  const plan = planMerge(base, worn, options.changedAs);
  let done = 0;
  const shards: Shard[] = [];
  for (const { path, sizeBytes, entries } of plan.shards) {
    const file = await sink.grow(path, sizeBytes);
    let isFinished = false;
    try {
      for (const entry of entries) {
        for await (const part of entryParts(bundle, entry)) {
          if (options.isCancelled?.() === true) throw new StudioError('cancelled', `${options.name}: merging was stopped`);
          for (const { at, bytes } of part) {
            await file.write(bytes, at);
            done += bytes.byteLength;
          }
          options.onProgress?.(done, plan.totalBytes);
        }
      }
      shards.push({ path, sizeBytes, sha256: await finish(file) });
      isFinished = true;
    } finally {
      if (!isFinished) await file.abandon();
    }
  }
  options.onProgress?.(plan.totalBytes, plan.totalBytes);
  const manifest: BundleManifest = {
    ...bundle.manifest,
    name: options.name,
    source: `${bundle.manifest.source} with ${worn.map(({ adapter, scale }) => `${adapter.name} × ${String(scale)}`).join(', ')}`,
    precision: options.changedAs === 'float32' ? `${bundle.manifest.precision}; changed weights fp32` : bundle.manifest.precision,
    shards,
    tensors: plan.shards.flatMap(({ entries }) => entries.map(({ to }) => to)),
    files: await copyFiles(bundle, sink),
  };
  await sink.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

async function finish(file: GrowingFile): Promise<string> {
  const hash = await hashSource(await file.flush());
  await file.finish();
  return hash;
}

type PlacedParts = ReturnType<typeof encodePart>;

/** Gives a tensor's bytes for the copy, piece by piece, with their places in the shard. */
async function* entryParts(bundle: Bundle, { from, to, changes, replaced }: MergeEntry): AsyncGenerator<PlacedParts> {
  const source = shardOf(bundle, from);
  const { rows, columns } = blockMatrix(from.shape);
  if (changes.length === 0 && replaced === null) {
    for (let start = 0; start < from.byteLength; start += planLimits.stepBytes) {
      const end = Math.min(from.byteLength, start + planLimits.stepBytes);
      yield [{ at: to.offset + start, bytes: await source.slice(from.offset + start, from.offset + end) }];
    }
    return;
  }
  const rowsAtOnce = Math.max(1, Math.floor(planLimits.stepBytes / (4 * Math.max(1, columns))));
  for (let firstRow = 0; firstRow < rows; firstRow += rowsAtOnce) {
    const rowCount = Math.min(rowsAtOnce, rows - firstRow);
    const floats = replaced
      ? Float32Array.from(replaced.data.subarray(firstRow * columns, (firstRow + rowCount) * columns))
      : mergeRows(await readRows(source, from, { firstRow, rowCount }), changes, firstRow);
    const raw = new Uint8Array(floats.buffer);
    yield encodePart({ kind: 'rows', tensor: to, dtype: 'float32', firstRow, rowCount, start: 0, end: raw.length }, raw);
  }
}

/** Reads rows of a stored tensor as floats. @shape → [rowCount, K] */
async function readRows(
  source: ByteSource,
  { format, shape, offset }: StoredTensor,
  { firstRow, rowCount }: { readonly firstRow: number; readonly rowCount: number },
): Promise<Float32Array> {
  const { rows, columns } = blockMatrix(shape);
  const row = rowBytesOf(format, columns);
  const read = (start: number, bytesPerRow: number): Promise<Uint8Array> =>
    source.slice(offset + start + firstRow * bytesPerRow, offset + start + (firstRow + rowCount) * bytesPerRow);
  const codes = await read(0, row.codes);
  if (format.kind !== 'blocks') return readFloats(format.kind, codes);
  const scales = readFloats('float16', await read(rows * row.codes, row.scales));
  return dequantizeMatrix({ codes, scales, rows: rowCount, columns, bits: format.bits, block: format.block });
}

function shardOf({ shards, manifest }: Bundle, { shard }: StoredTensor): ByteSource {
  const source = shards[shard];
  if (!source) throw new StudioError('internal', `internal: shard ${String(shard)} of ${manifest.name} was not opened`);
  return source;
}

async function copyFiles({ files }: Bundle, sink: FileSink): Promise<readonly Shard[]> {
  const copied: Shard[] = [];
  for (const path of await files.list()) {
    const file = await files.open(path);
    if (!file) continue;
    const bytes = await file.slice(0, file.byteLength);
    await sink.write(path, bytes);
    copied.push({ path, sizeBytes: bytes.byteLength, sha256: await sha256(bytes) });
  }
  return copied;
}
