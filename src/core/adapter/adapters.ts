/** @file From an adapter's description to its pieces of a graph. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { nullAdapter, type GraphAdapter } from '../nn/adapter.ts';
import { makeDora } from './dora.ts';
import type { DropInputs } from './dropout.ts';
import { makeLora } from './lora.ts';
import type { DeclareParameter } from './parameter.ts';
import { declarePrefix, type PrefixSizes } from './prefix.ts';
import { declareSoftPrompt } from './soft-prompt.ts';
import type { AdapterSpec } from './spec.ts';

/** What an adapter adds to a decoder; only one of the three does something. */
export interface AdapterPieces {
  readonly layers: GraphAdapter;
  /** Rows that a sequence may name. @shape [T, E] */
  readonly promptRows: Value | null;
  /** Keys and values of all layers, to be cut by `prefixKeyValues`. */
  readonly prefixRows: Value | null;
}

/** Where an adapter gets its parameters and noise from, and what it is made for. */
export interface AdapterHost {
  readonly g: GraphBuilder;
  readonly declare: DeclareParameter;
  readonly drop: DropInputs;
  readonly sizes: PrefixSizes & { readonly hiddenSize: number };
}

/** Makes the pieces of an adapter; low-rank kinds declare their parameters while the decoder is built. */
export function makeAdapter(spec: AdapterSpec, { g, declare, drop, sizes }: AdapterHost): AdapterPieces {
  const none = { layers: nullAdapter, promptRows: null, prefixRows: null };
  switch (spec.kind) {
    case 'prompt':
      return { ...none, promptRows: declareSoftPrompt(spec, declare, sizes.hiddenSize) };
    case 'prefix':
      return { ...none, prefixRows: declarePrefix(g, spec, declare, sizes) };
    case 'lora':
      return { ...none, layers: makeLora(spec, declare, drop) };
    case 'dora':
      return { ...none, layers: makeDora(spec, declare, drop) };
    default:
      return spec satisfies never;
  }
}
