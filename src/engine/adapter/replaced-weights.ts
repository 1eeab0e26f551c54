/** @file Weights in the place of a model's own: in which format graphs hold them, and their numbers in the forms that graphs ask for. */

import { parseWeightKey, type WeightCatalog } from '../../core/nn/weights.ts';
import type { Weight } from '../../core/graph/graph.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import type { DeviceTensor, DeviceTensors, Runtime } from '../runtime.ts';

/** Tensors by the names that the checkpoint has for those in whose place they are. */
export type Replacements = ReadonlyMap<string, Tensor<'float32'>>;

/** Whether a weight is replaced, by its key in the store. */
export function isReplaced(replaced: Replacements, source: string): boolean {
  return replaced.has(parseWeightKey(source).name);
}

/** Replaced weights are computed on as floats, whatever the model holds its own in. */
export function catalogWith({ catalog }: WeightStore, replaced: Replacements): WeightCatalog {
  return { format: (name) => (replaced.has(name) ? { kind: 'float32' } : catalog.format(name)) };
}

/** Gives the numbers of a replaced weight in the form that its key names; they may be the tensor's own. */
export function replacedNumbers(replaced: Replacements, source: string): Float32Array | undefined {
  const { name, form } = parseWeightKey(source);
  const tensor = replaced.get(name);
  if (!tensor) return undefined;
  const [rows = 1, columns = 1] = tensor.shape;
  return form === 'transposed' ? transposeMatrix(tensor.data, rows, columns) : tensor.data;
}

/** Puts replaced weights where sessions compute, by the names under which a graph is fed them. */
export async function placeReplaced(runtime: Runtime, replaced: Replacements, fed: readonly Weight[]): Promise<DeviceTensors> {
  const placed: Record<string, DeviceTensor> = {};
  for (const { source, value } of fed) {
    const numbers = replacedNumbers(replaced, source);
    if (numbers) placed[value.name] = await runtime.place(float32(value.shape.map(Number), numbers));
  }
  return placed;
}
