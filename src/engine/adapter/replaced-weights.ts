/** @file A store of weights in which some tensors are others; all the rest is the base's, and is shared with it. */

import { parseWeightKey, type WeightForm } from '../../core/nn/weights.ts';
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
  const { locate, stream } = store;
  const tail = `${labelMark}${label}`;
  const ownOf = (key: string): { readonly form: WeightForm; readonly tensor: Tensor<'float32'> } | null => {
    const { name, form } = parseWeightKey(key.endsWith(tail) ? key.slice(0, -tail.length) : key);
    const tensor = replaced.get(name);
    return tensor ? { form, tensor } : null;
  };
  return {
    id: store.id,
    catalog: { format: (name) => (replaced.has(name) ? { kind: 'float32' } : store.catalog.format(name)) },
    keyOf: (key) => (ownOf(key) ? `${key}${tail}` : key),
    read: (key) => {
      const own = ownOf(key);
      if (!own) return store.read(key);
      const [rows = 1, columns = 1] = own.tensor.shape;
      return Promise.resolve(own.form === 'transposed' ? transposeMatrix(own.tensor.data, rows, columns) : own.tensor.data);
    },
    ...(locate && { locate: (key: string) => (ownOf(key) ? null : locate(key)) }),
    ...(stream && { stream: (key: string) => (ownOf(key) ? null : stream(key)) }),
  };
}
