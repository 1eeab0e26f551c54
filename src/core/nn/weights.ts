/** @file How the weights of a model are named in graphs: in which format a backend computes, and under which keys the store gives them. */

/** How a backend holds a matrix: as floats, or in blocks of 4 or 8 bits along its columns. */
export type WeightFormat = { readonly kind: 'float32' } | { readonly kind: 'blocks'; readonly bits: 4 | 8; readonly block: number };

/** What a graph must know of a model's tensors: how each is held by the backend that will run it. */
export interface WeightCatalog {
  /** Gives the format of the tensor; throws 'file-missing' for a name that the model has not. */
  format(name: string): WeightFormat;
}

/** The forms in which the store can give one tensor. */
export type WeightForm = 'plain' | 'transposed' | 'packed' | 'scales';

/**
 * Gives the store's key of a tensor in a form.
 *
 * `plain` is float32 in the checkpoint's shape, `transposed` float32 [K, N], `packed` the bytes of MatMulNBits, `scales` float32 [N, K / block].
 */
export function weightKey(name: string, form: WeightForm): string {
  return form === 'plain' ? name : `${name}:${form}`;
}

/** Splits a store's key into tensor name and form. */
export function parseWeightKey(key: string): { readonly name: string; readonly form: WeightForm } {
  const at = key.lastIndexOf(':');
  const form = at < 0 ? 'plain' : key.slice(at + 1);
  if (form === 'transposed' || form === 'packed' || form === 'scales') return { name: key.slice(0, at), form };
  return { name: key, form: 'plain' };
}

/** A catalogue in which every tensor is float32. */
export const float32Catalog: WeightCatalog = { format: () => ({ kind: 'float32' }) };
