import { describe, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import type { Value } from '../../../src/core/graph/graph.ts';
import { accumulate, clipByGlobalNorm, globalNorm } from '../../../src/core/optim/clip.ts';
import { makeOptimizer, type OptimizerSpec } from '../../../src/core/optim/optimizers.ts';
import { float32, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { uniform } from '../../helpers/grad-check.ts';
import { numbersOf, openGraph, runGraph } from '../../helpers/run-graph.ts';
import { expectClose } from '../../helpers/to-be-close.ts';

const shape = [3, 2];

/** Five updates by the graph, with a gradient of its own for each step. */
async function fiveUpdates(spec: OptimizerSpec): Promise<Float32Array> {
  const optimizer = makeOptimizer(spec);
  const g = new GraphBuilder('update');
  const inputs = (names: readonly string[], dims: readonly number[]): Record<string, Value> =>
    Object.fromEntries(names.map((name) => [name, g.input(name, 'float32', dims)]));
  const before = { parameter: g.input('parameter', 'float32', shape), slots: inputs(optimizer.slotNames, shape) };
  const change = { gradient: g.input('gradient', 'float32', shape), rates: inputs(optimizer.rateNames, []) };
  const after = optimizer.update(g, before, change);
  const next = Object.fromEntries(
    Object.entries({ ...after.slots, parameter: after.parameter }).map(([name, value]) => [`next.${name}`, value]),
  );
  const session = await openGraph(g.finish(next));
  let state: Record<string, Tensor> = Object.fromEntries(optimizer.slotNames.map((name) => [name, float32(shape, new Float32Array(6))]));
  state['parameter'] = uniform(shape, 1);
  for (let step = 0; step < 5; step++) {
    const rates = Object.entries(optimizer.ratesAt(step, 0.1)).map(([name, rate]) => [name, float32([], [rate])]);
    const results = await session.run({
      ...state,
      gradient: uniform(shape, 2 + step),
      ...(Object.fromEntries(rates) as Record<string, Tensor>),
    });
    state = Object.fromEntries(Object.entries(results).map(([name, value]) => [name.replace('next.', ''), value]));
  }
  return numbersOf(state, 'parameter');
}

/** The same in double precision, one number at a time, by the formulas of PyTorch's documentation. */
function fiveUpdatesByHand(update: (p: number, gradient: number, memory: number[], step: number) => number): number[] {
  return Array.from({ length: 6 }, (_, i) => {
    const memory = [0, 0];
    let p = uniform(shape, 1).data[i] ?? 0;
    for (let step = 0; step < 5; step++) p = update(p, uniform(shape, 2 + step).data[i] ?? 0, memory, step);
    return p;
  });
}

const tolerance = { rtol: 2e-6, atol: 2e-7 };

describe('makeOptimizer', () => {
  it.each([
    [0, false, 0],
    [0.9, false, 0],
    [0.9, true, 0],
    [0.9, true, 0.1],
  ])('makes SGD with momentum %d, Nesterov %s, decay %d', async (momentum, nesterov, weightDecay) => {
    const expected = fiveUpdatesByHand((p, gradient, memory) => {
      const decayed = gradient + weightDecay * p;
      const velocity = momentum * (memory[0] ?? 0) + decayed;
      memory[0] = velocity;
      return p - 0.1 * (nesterov ? decayed + momentum * velocity : velocity);
    });
    expectClose(await fiveUpdates({ kind: 'sgd', momentum, nesterov, weightDecay }), expected, tolerance);
  });

  it.each([0, 0.05])('makes AdamW with decay %d', async (weightDecay) => {
    const expected = fiveUpdatesByHand((p, gradient, memory, step) => {
      memory[0] = 0.9 * (memory[0] ?? 0) + 0.1 * gradient;
      memory[1] = 0.999 * (memory[1] ?? 0) + 0.001 * gradient * gradient;
      const [mean, square] = [memory[0] / (1 - 0.9 ** (step + 1)), memory[1] / (1 - 0.999 ** (step + 1))];
      return p * (1 - 0.1 * weightDecay) - (0.1 * mean) / (Math.sqrt(square) + 1e-8);
    });
    expectClose(await fiveUpdates({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }), expected, {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });
});

describe('clipByGlobalNorm', () => {
  const clip = async (largest: number): Promise<Record<string, Float32Array>> => {
    const g = new GraphBuilder('clip');
    const gradients = [g.input('a', 'float32', [2]), g.input('b', 'float32', [1, 2]), g.input('c', 'float32', [])];
    const norm = globalNorm(g, gradients);
    const [a, b, c] = clipByGlobalNorm(g, gradients, { norm, largest });
    if (!a || !b || !c) throw new TypeError('three gradients');
    const results = await runGraph(g.finish({ norm, ca: a, cb: b, cc: c }), {
      a: float32([2], [1, 2]),
      b: float32([1, 2], [-4, 0]),
      c: float32([], [2]),
    });
    return Object.fromEntries(Object.keys(results).map((name) => [name, numbersOf(results, name)]));
  };

  it('shortens all gradients by largest / (norm + 1e-6)', async () => {
    const { norm, ca, cb, cc } = await clip(0.5);
    const factor = 0.5 / (5 + 1e-6);
    expectClose(norm ?? [], [5], { rtol: 1e-6, atol: 0 });
    expectClose(
      [...(ca ?? []), ...(cb ?? []), ...(cc ?? [])],
      [1, 2, -4, 0, 2].map((v) => v * factor),
      { rtol: 1e-6, atol: 0 },
    );
  });

  it('leaves short gradients as they are', async () => {
    const { ca } = await clip(7);
    expectClose(ca ?? [], [1, 2], { rtol: 0, atol: 0 });
  });
});

describe('accumulate', () => {
  it('adds each gradient to its sum', async () => {
    const g = new GraphBuilder('accumulate');
    const [sum] = accumulate(g, [g.input('sum', 'float32', [2])], [g.input('gradient', 'float32', [2])]);
    if (!sum) throw new TypeError('one sum');
    const results = await runGraph(g.finish({ next: sum }), { sum: float32([2], [1, 2]), gradient: float32([2], [10, 20]) });
    expectClose(numbersOf(results, 'next'), [11, 22], { rtol: 0, atol: 0 });
  });
});
