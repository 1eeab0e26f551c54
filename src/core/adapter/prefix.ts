/** @file Prefix tuning: keys and values that stand before the sequence in each layer. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { expand, gemm, reshape, slice, tanh, transpose } from '../graph/math.ts';
import type { KeyValues } from '../nn/attention.ts';
import type { DeclareParameter, Initial } from './parameter.ts';
import { promptParameter } from './soft-prompt.ts';
import type { PrefixSpec } from './spec.ts';

/** What of a decoder a prefix depends on. */
export interface PrefixSizes {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

/**
 * Declares a prefix: the rows themselves, or a smaller embedding and the network that makes the rows of it.
 *
 * @shape → [T, layers · 2 · keyValueHeads · D]
 * @source Li and Liang 2021, arxiv.org/abs/2101.00190; peft 0.21.2, tuners/prefix_tuning
 */
export function declarePrefix(g: GraphBuilder, spec: PrefixSpec, declare: DeclareParameter, sizes: PrefixSizes): Value {
  const tokenSize = sizes.keyValueHeads * sizes.headWidth;
  const width = sizes.layers * 2 * tokenSize;
  const normal: Initial = { kind: 'normal', deviation: 1 };
  const { tokens, projectionSize: middle } = spec;
  if (middle === null) return declare({ name: promptParameter, shape: [tokens, width], initial: normal });
  const embedding = declare({ name: 'embedding.weight', shape: [tokens, tokenSize], initial: normal });
  const layer = (index: 0 | 2, x: Value, outputs: number): Value => {
    const inputs = Number(x.shape[1]);
    const initial: Initial = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) };
    const weight = declare({ name: `transform.${String(index)}.weight`, shape: [outputs, inputs], initial });
    return gemm(g, x, weight, { transB: true, bias: declare({ name: `transform.${String(index)}.bias`, shape: [outputs], initial }) });
  };
  return layer(2, tanh(g, layer(0, embedding, middle)), width);
}

/**
 * Cuts the rows of a prefix into each layer's keys and values, as the cache holds them: keys transposed, and not rotated.
 *
 * @shape rows [T, layers · 2 · keyValueHeads · D] → for each layer key [B, keyValueHeads, D, T], value [B, keyValueHeads, T, D]
 */
export function prefixKeyValues(g: GraphBuilder, rows: Value, sizes: PrefixSizes & { readonly batch: number }): readonly KeyValues[] {
  const { layers, keyValueHeads, headWidth, batch } = sizes;
  const tokens = Number(rows.shape[0]);
  const parts = reshape(g, rows, [tokens, layers * 2, keyValueHeads, headWidth]);
  const part = (index: number, order: readonly number[]): Value => {
    const one = slice(g, parts, { axis: 1, start: index, end: index + 1 }); // [T, 1, KV, D]
    const turned = transpose(g, one, order);
    return batch === 1 ? turned : expand(g, turned, [batch, 1, 1, 1]);
  };
  return Array.from({ length: layers }, (_, layer) => ({ key: part(2 * layer, [1, 2, 3, 0]), value: part(2 * layer + 1, [1, 2, 0, 3]) }));
}
