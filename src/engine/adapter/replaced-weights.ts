/** @file Weights in the place of a model's own: in which format graphs hold them, and their numbers in the forms that graphs ask for. */

import { parseWeightKey } from '../../core/nn/weights.ts';
import type { Weight } from '../../core/graph/graph.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import type { WeightChange } from '../weight-change.ts';

/** Tensors by the names that the checkpoint has for those in whose place they are. */
export type Replacements = ReadonlyMap<string, Tensor<'float32'>>;

/** Replaced weights are fed, and computed on as floats whatever the model holds its own in. */
export function changeOf({ catalog }: WeightStore, replaced: Replacements): WeightChange {
  return {
    catalog: { format: (name) => (replaced.has(name) ? { kind: 'float32' } : catalog.format(name)) },
    isFed: (source) => replaced.has(parseWeightKey(source).name),
  };
}

/** Gives the numbers of a replaced weight in the form that its key names; they may be the tensor's own. */
export function replacedNumbers(replaced: Replacements, source: string): Float32Array | undefined {
  const { name, form } = parseWeightKey(source);
  const tensor = replaced.get(name);
  if (!tensor) return undefined;
  const [rows = 1, columns = 1] = tensor.shape;
  return form === 'transposed' ? transposeMatrix(tensor.data, rows, columns) : tensor.data;
}

/** Lists what a graph is fed in the place of its weights, by the names of its inputs; each is made when it is come to. */
export function* replacedFeeds(replaced: Replacements, fed: readonly Weight[]): Generator<readonly [string, Tensor<'float32'>]> {
  for (const { source, value } of fed) {
    const numbers = replacedNumbers(replaced, source);
    if (numbers) yield [value.name, float32(value.shape.map(Number), numbers)];
  }
}
