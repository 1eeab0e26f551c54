/** @file Dropout from noise that is fed: ops that draw random numbers leave the GPU, and a fed seed makes a run repeatable. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, lessOrEqual, mul, sub, where } from '../graph/math.ts';

/** Leaves a share of a layer's inputs out. */
export type DropInputs = (g: GraphBuilder, x: Value) => Value;

/** Leaves nothing out: for captioning, and for training without dropout. */
export const keepAll: DropInputs = (_g, x) => x;

/** How far each next layer reads on in the noise: the golden ratio's fraction spreads any number of shifts evenly. */
const shiftPerLayer = (Math.sqrt(5) - 1) / 2;

/** Gives how far the noise is shifted for a layer that comes after so many others. @unit turns around the circle from 0 to 1 */
export function noiseShift(layersBefore: number): number {
  return (layersBefore * shiftPerLayer) % 1;
}

/**
 * Makes dropout: what is kept is scaled up, so that sums stay as they were on average.
 *
 * All layers of one width share the noise, each shifted by its own amount around the circle from 0 to 1. `noiseOf` gives it in the shape of
 * the layer's inputs.
 *
 * @shape noise [..., K], evenly from 0 (inclusive) to 1 (exclusive)
 */
export function makeDropout(share: number, noiseOf: (x: Value) => Value): DropInputs {
  if (share === 0) return keepAll;
  let layer = 0;
  return (g, x) => {
    const moved = add(g, noiseOf(x), noiseShift(layer++));
    const around = sub(g, moved, g.add('Floor', [moved]));
    return where(g, lessOrEqual(g, around, share), { yes: 0, no: mul(g, x, 1 / (1 - share)) });
  };
}
