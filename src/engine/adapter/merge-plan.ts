/** @file What becomes of each tensor of a bundle when adapters are merged into it, and how much the copy takes: known before a weight is read. */

import { StudioError } from '../../core/error.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { storedBytes, type StoredFormat, type StoredTensor } from '../../../models/bundle.ts';
import { planLimits } from '../convert/plan.ts';
import type { OpenModel } from '../model.ts';
import { checkCombination, kindName, type WornAdapter } from './combine.ts';
import { checkFit } from './fit.ts';
import { lowRankModules } from './low-rank.ts';
import type { WornModule } from './slot-values.ts';
import { changesSharedTable } from './tables.ts';

/** How changed weights are stored: as floats, exactly; or as the base stores them, quantised again. */
export type ChangedAs = 'float32' | 'same';

/** One tensor: where it comes from, what changes it, and where it goes. */
export interface MergeEntry {
  readonly from: StoredTensor;
  readonly to: StoredTensor;
  /** Low-rank changes of it; none where it stays or is replaced. */
  readonly changes: readonly WornModule[];
  /** What stands in its place; null where it is the base's. */
  readonly replaced: Tensor<'float32'> | null;
}

/** A copy, shard by shard. */
export interface MergePlan {
  readonly shards: readonly { readonly path: string; readonly sizeBytes: number; readonly entries: readonly MergeEntry[] }[];
  /** What all shards take. @unit bytes */
  readonly totalBytes: number;
}

/** What is merged into what. */
export type MergeBase = Pick<OpenModel, 'model' | 'bundle' | 'store'>;

const alignment = 16;

/**
 * Lays out the copy.
 *
 * @throws {StudioError} 'argument-invalid' for kinds that are no change of weights, 'adapter-mismatch'
 */
export function planMerge(base: MergeBase, worn: readonly WornAdapter[], changedAs: ChangedAs): MergePlan {
  const changeOf = changesOf(base, worn);
  const shards: { path: string; sizeBytes: number; entries: MergeEntry[] }[] = [];
  for (const from of base.bundle.manifest.tensors) {
    const change = changeOf(from.name);
    const isChanged = change.changes.length > 0 || change.replaced !== null;
    const format: StoredFormat = isChanged && changedAs === 'float32' ? { kind: 'float32' } : from.format;
    const byteLength = storedBytes(from.shape, format);
    let shard = shards.at(-1);
    if (!shard || shard.sizeBytes + byteLength > planLimits.shardBytes) {
      shard = { path: `weights-${String(shards.length).padStart(3, '0')}.bin`, sizeBytes: 0, entries: [] };
      shards.push(shard);
    }
    const to = { ...from, format, shard: shards.length - 1, offset: shard.sizeBytes, byteLength };
    shard.entries.push({ from, to, ...change });
    shard.sizeBytes += Math.ceil(byteLength / alignment) * alignment;
  }
  return { shards, totalBytes: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** Gives what changes a tensor by its name. */
function changesOf(base: MergeBase, worn: readonly WornAdapter[]): (name: string) => Pick<MergeEntry, 'changes' | 'replaced'> {
  if (worn.length === 0) throw new StudioError('argument-invalid', 'merge: name an adapter');
  checkCombination(worn);
  for (const { adapter } of worn) {
    const { kind } = adapter.spec;
    if (kind === 'prompt' || kind === 'prefix')
      throw new StudioError(
        'argument-invalid',
        `${adapter.name}: ${kindName(adapter)} is no change of weights; it can be worn, but not merged`,
      );
    checkFit(base, adapter);
    if (changesSharedTable(base.model.decoder, adapter))
      throw new StudioError(
        'argument-invalid',
        `${adapter.name}: changes the head and the embeddings in different ways, and ${base.bundle.manifest.name} has one table for both; it can be worn, but not merged`,
      );
  }
  const modules = new Map<string, WornModule[]>();
  for (const { adapter, scale } of worn) {
    for (const change of lowRankModules(adapter)) {
      const name = `${change.module}.weight`;
      modules.set(name, [...(modules.get(name) ?? []), { ...change, strength: scale }]);
    }
  }
  const replaced = new Map(worn.flatMap(({ adapter }) => [...adapter.replaced]));
  return (name) => {
    const changes = modules.get(name) ?? [];
    return { changes, replaced: changes.length > 0 ? null : (replaced.get(name) ?? null) };
  };
}
