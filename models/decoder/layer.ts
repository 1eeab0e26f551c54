/** @file One layer of a Llama-shaped decoder, and the whole stack. */

import type { GraphAdapter } from '../../src/core/nn/adapter.ts';
import type { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { add, gather, mul, reshape, rmsNorm, sigmoid } from '../../src/core/graph/math.ts';
import { attend, type KeyValues } from '../../src/core/nn/attention.ts';
import { floatWeight, linear, project, type LayerContext, type TableSpec } from '../../src/core/nn/linear.ts';
import { rotate, type Rotation } from '../../src/core/nn/rope.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { tableNames } from '../tensor-names.ts';
import type { DecoderConfig } from './config.ts';

/** The prefix of the decoder's tensors, as transformers ≥ 4.52 names them. */
export const decoderPrefix = 'model.language_model';

/** A decoder under construction. */
export interface DecoderContext extends LayerContext {
  readonly config: DecoderConfig;
}

/** What all layers of one pass share. */
export interface LayerInputs {
  readonly turn: Rotation;
  /** @shape [B, 1, S, N] */
  readonly bias: Value;
}

/** Collects what a decoder's graph is built from. */
export function decoderContext(g: GraphBuilder, config: DecoderConfig, catalog: WeightCatalog, adapter: GraphAdapter): DecoderContext {
  return { g, config, catalog, adapter };
}

/** The table of token embeddings. */
export function embeddingTable(config: DecoderConfig): TableSpec {
  return { name: tableNames.embedding, rows: config.vocabularySize, columns: config.hiddenSize };
}

/** The table that turns hidden states into logits. */
export function headTable(config: DecoderConfig): TableSpec {
  return config.isHeadTied ? embeddingTable(config) : { name: tableNames.head, rows: config.vocabularySize, columns: config.hiddenSize };
}

/** The head by the name that adapters know it under, tied to the embeddings or not. */
export const headModule = 'lm_head';

/**
 * Turns hidden states into logits; an adapter may change the head as it does a linear layer.
 *
 * @shape x [M, E] → [M, V]
 */
export function adaptedHead(context: DecoderContext, x: Value): Value {
  const { g, config, adapter } = context;
  const table = headTable(config);
  const [inputSize, outputSize] = [table.columns, table.rows];
  const tableModule = table.name.slice(0, -'.weight'.length);
  const weight = (): Value => floatWeight(context, { module: tableModule, inputSize, outputSize, hasBias: false });
  return adapter.linear(g, { module: headModule, inputSize, outputSize, weight }, { x, y: project(context, table, x) });
}

/** What one layer is given beside the places' values. */
export interface LayerCall extends LayerInputs {
  readonly past: KeyValues | null;
  /** Places whose values are wanted after the layer, counted over all sequences; left out where all are. @shape int32 [M] */
  readonly wanted?: Value;
}

/**
 * Applies one layer. Where only some places are wanted, what follows attention is computed for these alone.
 *
 * @shape x [B, S, E] → x [B, S, E], or [M, E] of the wanted places; present keys and values
 * @source transformers LlamaDecoderLayer, Qwen2DecoderLayer 5.23
 */
export function decoderLayer(
  context: DecoderContext,
  layer: number,
  x: Value,
  inputs: LayerCall,
): { readonly x: Value; readonly present: KeyValues } {
  const { g, config } = context;
  const name = `${decoderPrefix}.layers.${String(layer)}`;
  const { out, present } = selfAttention(context, `${name}.self_attn`, normed(context, `${name}.input_layernorm`, x), inputs);
  const attended = add(g, inputs.wanted ? atPlaces(g, x, inputs.wanted) : x, out);
  const gate = (part: string, from: Value, sizes: readonly [number, number]): Value =>
    linear(context, { module: `${name}.mlp.${part}`, inputSize: sizes[0], outputSize: sizes[1], hasBias: false }, from);
  const h = normed(context, `${name}.post_attention_layernorm`, attended);
  const [narrow, wide] = [config.hiddenSize, config.feedForwardSize];
  const gated = gate('gate_proj', h, [narrow, wide]);
  const silu = mul(g, gated, sigmoid(g, gated));
  const fed = gate('down_proj', mul(g, silu, gate('up_proj', h, [narrow, wide])), [wide, narrow]);
  return { x: add(g, attended, fed), present };
}

/**
 * Applies the norm after the last layer.
 *
 * @shape [B, S, E] → the same
 */
export function finalNorm(context: DecoderContext, x: Value): Value {
  return normed(context, `${decoderPrefix}.norm`, x);
}

/**
 * Picks places out of a batch of sequences.
 *
 * @shape x [B, S, K], places int32 [M] → [M, K]
 */
export function atPlaces(g: GraphBuilder, x: Value, places: Value): Value {
  const [batch, length, width] = x.shape.map(Number) as [number, number, number];
  return gather(g, reshape(g, x, [batch * length, width]), places);
}

function normed({ g, config }: DecoderContext, module: string, x: Value): Value {
  return rmsNorm(g, x, g.weight(`${module}.weight`, 'float32', [config.hiddenSize]), config.normEpsilon);
}

function selfAttention(
  context: DecoderContext,
  module: string,
  x: Value,
  inputs: LayerCall,
): { readonly out: Value; readonly present: KeyValues } {
  const { g, config } = context;
  const project = (part: string, heads: number): Value =>
    linear(
      context,
      { module: `${module}.${part}`, inputSize: config.hiddenSize, outputSize: heads * config.headWidth, hasBias: config.hasQkvBias },
      x,
    );
  const { out, present } = attend(g, config, {
    q: rotate(g, project('q_proj', config.heads), inputs.turn, config.heads),
    k: rotate(g, project('k_proj', config.keyValueHeads), inputs.turn, config.keyValueHeads),
    v: project('v_proj', config.keyValueHeads),
    bias: inputs.bias,
    past: inputs.past,
  });
  const spec = { module: `${module}.o_proj`, inputSize: config.heads * config.headWidth, outputSize: config.hiddenSize, hasBias: false };
  return { out: linear(context, spec, inputs.wanted ? atPlaces(g, out, inputs.wanted) : out), present };
}
