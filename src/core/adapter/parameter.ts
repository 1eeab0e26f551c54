/** @file What an adapter learns: named tensors and where they start. */

import type { Value } from '../graph/graph.ts';

/** Where a parameter starts. */
export type Initial =
  | { readonly kind: 'zeros' }
  /** Evenly from -bound to bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  /** The Euclidean length of each output's row in the frozen weight of a module. */
  | { readonly kind: 'row-norms'; readonly module: string }
  /** What the store has under a key. */
  | { readonly kind: 'stored'; readonly key: string };

/** One tensor that is learned, under the name that PEFT gives it below `base_model.model.`. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** Makes a parameter known and gives its value in the graph. */
export type DeclareParameter = (parameter: Parameter) => Value;
