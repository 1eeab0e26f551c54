/** @file The contract of an optimiser: one update of one parameter, as a piece of a graph. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** Values by the names of an optimiser's slots, or of its rates. */
export type NamedValues = Readonly<Record<string, Value>>;

/** A parameter before or after an update, with what the optimiser remembers of it. */
export interface Slotted {
  readonly parameter: Value;
  /** One value of the parameter's shape for each slot. */
  readonly slots: NamedValues;
}

/** A rule by which parameters follow their gradients. */
export interface Optimizer {
  /** What is remembered of each parameter, in tensors of its shape that start as zeros. */
  readonly slotNames: readonly string[];
  /** Numbers that change from step to step and so are inputs of the graph. */
  readonly rateNames: readonly string[];
  /** Gives those numbers for a step, counted from 0. */
  ratesAt(step: number, learningRate: number): Readonly<Record<string, number>>;
  /** Adds an update to the graph; `rates` are values without dimensions. */
  update(g: GraphBuilder, before: Slotted, change: { readonly gradient: Value; readonly rates: NamedValues }): Slotted;
}
