/** @file What an adapter may do to a decoder's graph. Soft prompts and prefixes need nothing here: they are rows and cache entries, given as data. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** One linear layer that an adapter may change. */
export interface LinearSite {
  /** The module's name as transformers ≥ 4.52 has it, without `.weight`: `model.language_model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Gives the frozen weight as float32 [inputSize, outputSize]; only kinds that need its norms ask for it. */
  readonly weight: () => Value;
}

/** What a linear layer computes from, and what it gave without the adapter and before its bias. */
export interface LinearCall {
  /** @shape [..., inputSize] */
  readonly x: Value;
  /** @shape [..., outputSize] */
  readonly y: Value;
}

/** Changes the linear layers of a decoder while its graph is built. */
export interface GraphAdapter {
  /** Gives what the layer shall compute instead of `call.y`, before the bias. */
  linear(g: GraphBuilder, site: LinearSite, call: LinearCall): Value;
}

/** Leaves everything as it is. */
export const nullAdapter: GraphAdapter = { linear: (_g, _site, call) => call.y };
