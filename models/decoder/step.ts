/** @file The graph that captions: token ids and picture rows in, logits and key/value cache out. One graph serves prefill, its chunks and every later token. */

import type { GraphAdapter } from '../../src/core/nn/adapter.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { gather, reshape } from '../../src/core/graph/math.ts';
import { causalBias } from '../../src/core/nn/attention.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import type { DecoderConfig } from './config.ts';
import { adaptedHead, decoderContext, decoderLayer, finalNorm, type DecoderContext } from './layer.ts';
import { declarePlaces, spliceRows } from './splice.ts';

/** Names of the cache's values of a layer: `past.0.key` goes in, `present.0.key` comes out. */
export function cacheName(time: 'past' | 'present', layer: number, part: 'key' | 'value'): string {
  return `${time}.${String(layer)}.${part}`;
}

/**
 * Builds the decoder's step.
 *
 * Inputs: `input_ids` int32 [B, S]; `rows` [N, P, E], embeddings that stand for themselves (pictures, soft prompts); `row_index` int32
 * [B, S], which of the N · P; `row_mask` [B, S], 1 where a row is meant and 0 where a token is; `positions` [B, S] and their
 * `rotation_cos` and `rotation_sin` [B, S, D / 2]; `key_positions` [B, P + S], padding beyond all others; `logit_rows` int32 [M], which of the B · S rows get logits; the cache. Outputs: `logits` [M, V] and the cache, longer by S.
 */
export function decoderStep(config: DecoderConfig, catalog: WeightCatalog, adapter: GraphAdapter): Graph {
  const g = new GraphBuilder('decoder');
  const context = decoderContext(g, config, catalog, adapter);
  const positions = g.input('positions', 'float32', ['B', 'S']);
  const keyPositions = g.input('key_positions', 'float32', ['B', 'N']);
  const half = config.headWidth / 2;
  const turn = { cos: g.input('rotation_cos', 'float32', ['B', 'S', half]), sin: g.input('rotation_sin', 'float32', ['B', 'S', half]) };
  const bias = causalBias(g, positions, keyPositions);
  const outputs: Record<string, Value> = {};
  let x = splicedEmbeddings(context); // [B, S, E]
  for (let layer = 0; layer < config.layers; layer++) {
    const past = {
      key: g.input(cacheName('past', layer, 'key'), 'float32', ['B', config.keyValueHeads, config.headWidth, 'P']),
      value: g.input(cacheName('past', layer, 'value'), 'float32', ['B', config.keyValueHeads, 'P', config.headWidth]),
    };
    const done = decoderLayer(context, layer, x, { turn, bias, past });
    x = done.x;
    outputs[cacheName('present', layer, 'key')] = done.present.key;
    outputs[cacheName('present', layer, 'value')] = done.present.value;
  }
  const rows = reshape(g, x, ['B*S', config.hiddenSize]);
  const chosen = gather(g, rows, g.input('logit_rows', 'int32', ['M'])); // [M, E]
  const logits = adaptedHead(context, finalNorm(context, chosen));
  return g.finish({ logits, ...outputs });
}

/**
 * Builds the graph that picks rows of the cache: for beams that go on from another beam, and for batches that lose a finished picture.
 *
 * Inputs: the cache as `past.…`, `parents` int32 [M]. Outputs: `present.…` with M rows.
 */
export function cacheReorder(config: DecoderConfig): Graph {
  const g = new GraphBuilder('cache-reorder');
  const parents = g.input('parents', 'int32', ['M']);
  const outputs: Record<string, Value> = {};
  for (let layer = 0; layer < config.layers; layer++) {
    const key = g.input(cacheName('past', layer, 'key'), 'float32', ['B', config.keyValueHeads, config.headWidth, 'P']);
    const value = g.input(cacheName('past', layer, 'value'), 'float32', ['B', config.keyValueHeads, 'P', config.headWidth]);
    outputs[cacheName('present', layer, 'key')] = gather(g, key, parents);
    outputs[cacheName('present', layer, 'value')] = gather(g, value, parents);
  }
  return g.finish(outputs);
}

/** Declares the inputs that tell what stands where. @shape → [B, S, E] */
function splicedEmbeddings(context: DecoderContext): Value {
  const { g, config } = context;
  const flat = reshape(g, g.input('rows', 'float32', ['N_rows', 'P_rows', config.hiddenSize]), ['N*P', config.hiddenSize]);
  return spliceRows(context, declarePlaces(g, ['B', 'S']), flat);
}
