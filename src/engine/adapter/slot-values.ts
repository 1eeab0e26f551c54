/** @file What is fed into the slots of a decoder for the adapters that are worn. */

import { slotName, type SlotPlan } from '../../core/adapter/slots.ts';
import { StudioError } from '../../core/error.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import { doraGain, type RowSums } from './dora-gain.ts';
import type { LowRankModule } from './low-rank.ts';

/** A module's change and how strongly it is worn. */
export interface WornModule extends LowRankModule {
  readonly strength: number;
}

/** Gives the graph that worn modules need. */
export function slotPlanOf(worn: readonly WornModule[]): SlotPlan {
  return { modules: new Set(worn.map(({ module }) => module)), hasGain: worn.some(({ magnitude }) => magnitude !== null) };
}

/**
 * Makes the tensors of all slots; several changes of one module stand side by side along the rank.
 *
 * @param sums of the modules that have a magnitude
 */
export function slotValues(worn: readonly WornModule[], sums: ReadonlyMap<string, RowSums>): ReadonlyMap<string, Tensor<'float32'>> {
  const { modules, hasGain } = slotPlanOf(worn);
  const values = new Map<string, Tensor<'float32'>>();
  for (const module of modules) {
    const changes = worn.filter((change) => change.module === module);
    values.set(slotName(module, 'down'), joinDown(changes));
    values.set(slotName(module, 'up'), joinUp(changes));
    if (hasGain) values.set(slotName(module, 'gain'), gainOf(changes, sums));
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
function gainOf([change]: readonly WornModule[], sums: ReadonlyMap<string, RowSums>): Tensor<'float32'> {
  const found = change && sums.get(change.module);
  if (!found || !change.magnitude)
    throw new StudioError('internal', `internal: ${change?.module ?? 'a module'} has no magnitude or no sums`);
  return float32([change.factors.outputSize], doraGain(found, change.magnitude, change.scale, change.strength));
}
