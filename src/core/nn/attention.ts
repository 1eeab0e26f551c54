/** @file Attention out of plain products, so that captioning and training share one graph and every op has a gradient. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, concat, lessOrEqual, matMul, mul, reshape, softmax, transpose, unsqueeze, where } from '../graph/math.ts';

/** Sizes of an attention layer; `heads` is a multiple of `keyValueHeads`. */
export interface AttentionSizes {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

/** Keys and values of earlier positions. Keys lie transposed, so that no step has to turn the whole cache. @shape key [B, H, D, P], value [B, H, P, D] */
export interface KeyValues {
  readonly key: Value;
  readonly value: Value;
}

/** What flows into an attention layer. */
export interface AttentionInputs {
  /** @shape [B, S, H · D], rotated */
  readonly q: Value;
  /** @shape [B, S, keyValueHeads · D], rotated */
  readonly k: Value;
  /** @shape [B, S, keyValueHeads · D] */
  readonly v: Value;
  /** Added to the scores: 0 where a query may see a key, very negative elsewhere; null where all see all. @shape [B, 1, S, N] */
  readonly bias: Value | null;
  readonly past: KeyValues | null;
}

/** A number so low that its exponential is 0 in float32, and so far from the lowest float that a score can be added to it. */
export const unseen = -1e9;

/**
 * Makes the bias of causal attention from positions, so that padding and ragged batches need no second mask.
 *
 * @shape positions [B, S], keyPositions [B, N] (padding has a position beyond all others) → [B, 1, S, N]
 */
export function causalBias(g: GraphBuilder, positions: Value, keyPositions: Value): Value {
  const sees = lessOrEqual(g, unsqueeze(g, keyPositions, [1, 2]), unsqueeze(g, positions, [1, 3]));
  return where(g, sees, { yes: 0, no: unseen });
}

/**
 * Attends; query heads share key/value heads without repeating them.
 *
 * @shape → out [B, S, H · D], present as KeyValues with N = P + S
 */
export function attend(
  g: GraphBuilder,
  sizes: AttentionSizes,
  inputs: AttentionInputs,
): { readonly out: Value; readonly present: KeyValues } {
  const { heads, keyValueHeads, headWidth } = sizes;
  const [B, S] = [inputs.q.shape[0] ?? 1, inputs.q.shape[1] ?? 1];
  const perGroup = heads / keyValueHeads;
  const newKey = transpose(g, reshape(g, inputs.k, [B, S, keyValueHeads, headWidth]), [0, 2, 3, 1]); // [B, KV, D, S]
  const newValue = transpose(g, reshape(g, inputs.v, [B, S, keyValueHeads, headWidth]), [0, 2, 1, 3]); // [B, KV, S, D]
  const joined = (inputs.bias ? inputs.bias.shape[3] : S) ?? 1;
  const name = typeof joined === 'string' ? joined : undefined;
  const key = inputs.past ? concat(g, [inputs.past.key, newKey], 3, name) : newKey; // [B, KV, D, N]
  const value = inputs.past ? concat(g, [inputs.past.value, newValue], 2, name) : newValue; // [B, KV, N, D]

  const scaled = mul(g, inputs.q, 1 / Math.sqrt(headWidth));
  const q = groupQueries(g, scaled, { ...sizes, perGroup }); // [B, KV, G·S, D]
  const scores = reshape(g, matMul(g, q, key), [B, heads, S, joined]);
  const weights = softmax(g, inputs.bias ? add(g, scores, inputs.bias) : scores); // [B, H, S, N]
  const grouped = perGroup === 1 ? weights : reshape(g, weights, [B, keyValueHeads, rowsOf(q), joined]);
  const mixed = matMul(g, grouped, value); // [B, KV, G·S, D]
  return { out: ungroup(g, mixed, { ...sizes, perGroup, B, S }), present: { key, value } };
}

type Grouping = AttentionSizes & { readonly perGroup: number };

function groupQueries(g: GraphBuilder, q: Value, { heads, keyValueHeads, headWidth, perGroup }: Grouping): Value {
  const [B, S] = [q.shape[0] ?? 1, q.shape[1] ?? 1];
  if (perGroup === 1) return transpose(g, reshape(g, q, [B, S, heads, headWidth]), [0, 2, 1, 3]);
  const split = reshape(g, q, [B, S, keyValueHeads, perGroup, headWidth]);
  const rows = typeof S === 'number' ? S * perGroup : `${S}*${String(perGroup)}`;
  return reshape(g, transpose(g, split, [0, 2, 3, 1, 4]), [B, keyValueHeads, rows, headWidth]);
}

function ungroup(
  g: GraphBuilder,
  mixed: Value,
  { heads, keyValueHeads, headWidth, perGroup, B, S }: Grouping & { B: number | string; S: number | string },
): Value {
  const width = heads * headWidth;
  if (perGroup === 1) return reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [B, S, width]);
  const split = reshape(g, mixed, [B, keyValueHeads, perGroup, S, headWidth]);
  return reshape(g, transpose(g, split, [0, 3, 1, 2, 4]), [B, S, width]);
}

function rowsOf(q: Value): number | string {
  return q.shape[2] ?? 1;
}
