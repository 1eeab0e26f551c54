/** @file A store of weights in which some tensors are others; all the rest is the base's, and is shared with it. */

import { parseWeightKey } from '../../core/nn/weights.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { WeightStore } from '../bundle/weight-store.ts';

/** Parts a key from the label of the copy that it is of. */
const labelMark = '@';

/**
 * Puts tensors in the place of a store's own; they are computed on as floats. Keys that the copy owns carry its label, so that a device
 * that shares weights by key holds the base's once.
 *
 * @param label two copies with one label have the same tensors
 */
export function replaceWeights(
  store: WeightStore,
  replaced: ReadonlyMap<string, Tensor<'float32'>>,
  label: string,
): WeightStore & { readonly keyOf: (key: string) => string } {
  const { locate } = store;
  return {
    id: store.id,
    catalog: { format: (name) => (replaced.has(name) ? { kind: 'float32' } : store.catalog.format(name)) },
    keyOf: (key) => (replaced.has(parseWeightKey(key).name) ? `${key}${labelMark}${label}` : key),
    read: (key) => {
      const own = key.endsWith(`${labelMark}${label}`) ? parseWeightKey(key.slice(0, -label.length - 1)) : null;
      const tensor = own && replaced.get(own.name);
      if (!own || !tensor) return store.read(key);
      const [rows = 1, columns = 1] = tensor.shape;
      return Promise.resolve(own.form === 'transposed' ? transposeMatrix(tensor.data, rows, columns) : tensor.data);
    },
    ...(locate ? { locate: (key) => (key.endsWith(`${labelMark}${label}`) ? null : locate(key)) } : {}),
  };
}
