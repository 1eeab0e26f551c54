/**
 * @file What a conversion or a copy will do, worked out from headers alone: which ranges of the source are read in which order, and where
 * their bytes go. The plan is the same each time, so that the number of steps done is all that has to be remembered to go on later.
 */

import type { ByteSource } from '../../core/codec/byte-source.ts';
import type { StoredTensor as CheckpointTensor } from '../../core/codec/checkpoint-tensors.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import { blockMatrix, storedBytes, type BundleManifest, type StoredFormat, type StoredTensor } from '../../../models/bundle.ts';
import { storedFormat, type Precision } from './precision.ts';

/** One file of weights to write. */
export interface PlannedShard {
  readonly path: string;
  /** @unit bytes */
  readonly sizeBytes: number;
  /** What its bytes must hash to, where that is known beforehand. */
  readonly sha256: string | null;
}

/** What happens to some of the bytes that a step reads; `start` (inclusive) and `end` (exclusive) are positions in the source. */
export type Part = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'copy'; /** Position in the shard. */ readonly at: number }
  | {
      readonly kind: 'rows';
      readonly tensor: StoredTensor;
      readonly dtype: DType;
      readonly firstRow: number;
      readonly rowCount: number;
    }
);

/** One range of a source: read at once, written at once, and then done for good. */
export interface Step {
  readonly source: ByteSource;
  /** @unit bytes */
  readonly start: number;
  readonly end: number;
  /** Which shard all its parts go to. */
  readonly shard: number;
  readonly parts: readonly Part[];
}

/** A whole plan. */
export interface TransferPlan {
  readonly shards: readonly PlannedShard[];
  /** In the order of shards; every shard has at least one. */
  readonly steps: readonly Step[];
  /** The tensors as the manifest will tell them. */
  readonly stored: readonly StoredTensor[];
}

/** How large the parts of a plan may become. A plan that is gone on with keeps those that it was begun with. */
export interface PlanLimits {
  /** Below what one range request or one buffer comfortably takes, unless one tensor is larger. @unit bytes */
  readonly shardBytes: number;
  /** Small enough that little is lost when a connection breaks, large enough that waiting for answers costs little. @unit bytes */
  readonly stepBytes: number;
}

/** The limits that plans are begun with. */
export const planLimits: PlanLimits = { shardBytes: 64 * 2 ** 20, stepBytes: 8 * 2 ** 20 };

const alignment = 16;
/** Unneeded bytes between two tensors that are rather read than asked around. @unit bytes */
const gapLimitBytes = 4096;

/** Plans the conversion of tensors, in the order in which they lie in the checkpoint's files. */
export function planConversion(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  precision: Precision,
  limits: PlanLimits = planLimits,
): TransferPlan {
  const shards: PlannedShard[] = [];
  const stored: StoredTensor[] = [];
  const pieces: Piece[] = [];
  let size = 0;
  const close = (): void => {
    if (size > 0) shards.push({ path: shardPath(shards.length), sizeBytes: size, sha256: null });
    size = 0;
  };
  for (const [name, { source, info }] of inFileOrder(tensors)) {
    const format = storedFormat(name, info.shape, precision);
    const byteLength = storedBytes(info.shape, format);
    if (size > 0 && size + byteLength > limits.shardBytes) close();
    const tensor: StoredTensor = { name, shape: info.shape, format, shard: shards.length, offset: size, byteLength };
    stored.push(tensor);
    for (const part of cutRows(tensor, info, limits)) pieces.push({ source, shard: shards.length, part });
    size += Math.ceil(byteLength / alignment) * alignment;
  }
  close();
  return { shards, steps: joinPieces(pieces, limits), stored };
}

/** Plans the copy of a bundle's shards as they are. */
export function planCopy(manifest: BundleManifest, shards: readonly ByteSource[], limits: PlanLimits = planLimits): TransferPlan {
  const steps = shards.flatMap((source, shard) =>
    rangesOf(source.byteLength, limits).map(
      ([start, end]): Step => ({ source, start, end, shard, parts: [{ kind: 'copy', start, end, at: start }] }),
    ),
  );
  return { shards: manifest.shards, steps, stored: manifest.tensors };
}

/** Counts what a plan writes and what it reads. @unit bytes */
export function planBytes(plan: TransferPlan): { readonly written: number; readonly read: number } {
  return {
    written: plan.shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    read: plan.steps.reduce((sum, { start, end }) => sum + end - start, 0),
  };
}

interface Piece {
  readonly source: ByteSource;
  readonly shard: number;
  readonly part: Part;
}

function shardPath(index: number): string {
  return `weights-${String(index).padStart(3, '0')}.bin`;
}

/** Files as they come in the map, tensors of one file by their place in it. */
function inFileOrder(tensors: ReadonlyMap<string, CheckpointTensor>): readonly (readonly [string, CheckpointTensor])[] {
  const files = new Map<ByteSource, number>();
  for (const { source } of tensors.values()) if (!files.has(source)) files.set(source, files.size);
  const rank = ({ source }: CheckpointTensor): number => files.get(source) ?? 0;
  return [...tensors].sort(([, a], [, b]) => rank(a) - rank(b) || a.info.start - b.info.start);
}

/** Cuts a tensor into groups of rows, so that one too large for memory passes through it piece by piece. */
function cutRows(tensor: StoredTensor, { dtype, start, end }: CheckpointTensor['info'], limits: PlanLimits): readonly Part[] {
  const { rows } = blockMatrix(tensor.shape);
  const rowBytes = rows === 0 ? 0 : (end - start) / rows;
  const rowsAtOnce = Math.max(1, Math.floor(limits.stepBytes / Math.max(1, rowBytes)));
  const parts: Part[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsAtOnce) {
    const rowCount = Math.min(rowsAtOnce, rows - firstRow);
    const partStart = start + firstRow * rowBytes;
    parts.push({ kind: 'rows', tensor, dtype, firstRow, rowCount, start: partStart, end: partStart + rowCount * rowBytes });
  }
  return parts;
}

/** Joins neighbours, since norms and biases would each cost a request of their own. */
function joinPieces(pieces: readonly Piece[], limits: PlanLimits): readonly Step[] {
  const steps: (Omit<Step, 'parts' | 'end'> & { end: number; readonly parts: Part[] })[] = [];
  for (const { source, shard, part } of pieces) {
    const last = steps.at(-1);
    const isNeighbour = last?.source === source && last.shard === shard && part.start >= last.end && part.start - last.end <= gapLimitBytes;
    if (last && isNeighbour && part.end - last.start <= limits.stepBytes) {
      last.parts.push(part);
      last.end = part.end;
    } else {
      steps.push({ source, shard, start: part.start, end: part.end, parts: [part] });
    }
  }
  return steps;
}

function rangesOf(byteLength: number, { stepBytes }: PlanLimits): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.max(1, Math.ceil(byteLength / stepBytes)) }, (_, i) => [
    i * stepBytes,
    Math.min(byteLength, (i + 1) * stepBytes),
  ]);
}

/** Tells how many codes a row takes in blocks, for whoever places rows. @unit bytes */
export function rowBytesOf(format: StoredFormat, columns: number): { readonly codes: number; readonly scales: number } {
  if (format.kind !== 'blocks') return { codes: columns * (format.kind === 'float32' ? 4 : 2), scales: 0 };
  const blocks = Math.ceil(columns / format.block);
  return { codes: (blocks * format.block * format.bits) / 8, scales: blocks * 2 };
}
