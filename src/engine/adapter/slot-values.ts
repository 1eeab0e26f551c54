/** @file What is fed into the slots of a decoder for the adapters that are worn. */

import { slotName, type SlotPlan } from '../../core/adapter/slots.ts';
import { weightKey } from '../../core/nn/weights.ts';
import { StudioError } from '../../core/error.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import { doraGain, rowSums, type RowSums } from './dora-gain.ts';
import type { LowRankModule } from './low-rank.ts';

/** A module's change and how strongly it is worn. */
export interface WornModule extends LowRankModule {
  readonly strength: number;
}

/** Keeps the sums of modules, since only these need the frozen weights. */
export type RowSumsCache = Map<string, RowSums>;

/** Gives the graph that worn modules need. */
export function slotPlanOf(worn: readonly WornModule[]): SlotPlan {
  return { modules: new Set(worn.map(({ module }) => module)), hasGain: worn.some(({ magnitude }) => magnitude !== null) };
}

/** Makes the tensors of all slots; several changes of one module stand side by side along the rank. */
export async function slotValues(
  worn: readonly WornModule[],
  store: WeightStore,
  cache: RowSumsCache,
): Promise<ReadonlyMap<string, Tensor<'float32'>>> {
  const { modules, hasGain } = slotPlanOf(worn);
  const values = new Map<string, Tensor<'float32'>>();
  for (const module of modules) {
    const changes = worn.filter((change) => change.module === module);
    values.set(slotName(module, 'down'), joinDown(changes));
    values.set(slotName(module, 'up'), joinUp(changes));
    if (hasGain) values.set(slotName(module, 'gain'), await gainOf(changes, store, cache));
  }
  return values;
}

/** @shape → [K, ΣR] */
function joinDown(changes: readonly WornModule[]): Tensor<'float32'> {
  const inputSize = changes[0]?.factors.inputSize ?? 0;
  const rank = changes.reduce((sum, { factors }) => sum + factors.rank, 0);
  const stacked = new Float32Array(rank * inputSize); // [ΣR, K]
  let at = 0;
  for (const { factors } of changes) {
    stacked.set(factors.a, at);
    at += factors.a.length;
  }
  return float32([inputSize, rank], transposeMatrix(stacked, rank, inputSize));
}

/** @shape → [ΣR, N] */
function joinUp(changes: readonly WornModule[]): Tensor<'float32'> {
  const outputSize = changes[0]?.factors.outputSize ?? 0;
  const rank = changes.reduce((sum, { factors }) => sum + factors.rank, 0);
  const stacked = new Float32Array(rank * outputSize);
  let at = 0;
  for (const { factors, scale, strength } of changes) {
    const turned = transposeMatrix(factors.b, outputSize, factors.rank);
    stacked.set(
      turned.map((value) => value * scale * strength),
      at,
    );
    at += turned.length;
  }
  return float32([rank, outputSize], stacked);
}

/** @shape → [N] */
async function gainOf(changes: readonly WornModule[], store: WeightStore, cache: RowSumsCache): Promise<Tensor<'float32'>> {
  const [change] = changes;
  if (!change?.magnitude) throw new StudioError('internal', `internal: ${change?.module ?? 'a module'} has no magnitude`);
  const { module, factors, magnitude, scale, strength } = change;
  const sums = cache.get(module) ?? rowSums(await readWeight(store, module), factors);
  cache.set(module, sums);
  return float32([factors.outputSize], doraGain(sums, magnitude, scale, strength));
}

/** @shape → [N, K], dequantised where it is stored in blocks */
async function readWeight(store: WeightStore, module: string): Promise<Float32Array> {
  const weight = await store.read(weightKey(`${module}.weight`, 'plain'));
  if (weight instanceof Float32Array) return weight;
  throw new StudioError('internal', `internal: ${module}.weight was not read as floats`);
}
