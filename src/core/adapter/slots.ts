/** @file Places in a decoder's graph where factors are fed, so that changing an adapter is a matter of data. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, matMul, mul } from '../graph/math.ts';
import type { GraphAdapter } from '../nn/adapter.ts';

/** Which linear layers have a slot, and what a slot takes. */
export interface SlotPlan {
  /** Names of modules, as `LinearSite.module` has them. */
  readonly modules: ReadonlySet<string>;
  /** Whether each output is stretched by a factor of its own, as DoRA does. */
  readonly hasGain: boolean;
}

/** The parts of a slot: factors of any rank, turned for the product, with all scales in `up`. */
export type SlotPart = 'down' | 'up' | 'gain';

/** Gives the name of a slot's input: `down` [K, R], `up` [R, N], `gain` [N]. */
export function slotName(module: string, part: SlotPart): string {
  return `${module}.${part}`;
}

/** Gives a text that is the same for plans with the same graph. */
export function slotKey({ modules, hasGain }: SlotPlan): string {
  return `${hasGain ? 'gain' : 'plain'}:${[...modules].sort().join(',')}`;
}

/** Makes the adapter that gives each planned module its slot: y = gain · (W x + up (down x)). */
export function makeSlots({ modules, hasGain }: SlotPlan): GraphAdapter {
  return {
    linear: (g, { module, inputSize, outputSize }, { x, y }) => {
      if (!modules.has(module)) return y;
      const slot = (part: SlotPart, shape: readonly (number | string)[]): Value => g.input(slotName(module, part), 'float32', shape);
      const rank = `R:${module}`;
      const changed = add(g, y, lowRank(g, x, { down: slot('down', [inputSize, rank]), up: slot('up', [rank, outputSize]) }));
      return hasGain ? mul(g, changed, slot('gain', [outputSize])) : changed;
    },
  };
}

function lowRank(g: GraphBuilder, x: Value, { down, up }: { readonly down: Value; readonly up: Value }): Value {
  return matMul(g, matMul(g, x, down), up);
}
