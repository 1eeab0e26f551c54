/** @file Checks gradients by finite differences: analytic slopes along random directions against differences of the outputs themselves. */

import { expect } from 'vitest';
import { backward } from '../../src/core/autodiff/backward.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { mul, reduceSum } from '../../src/core/graph/math.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { elementCount } from '../../src/core/tensor/shape.ts';
import { float32, type Tensor } from '../../src/core/tensor/tensor.ts';
import { numbersOf, openGraph, type Tensors } from './run-graph.ts';

/** What is differentiated, and by what. */
export interface GradientCase {
  /** Adds y = f(inputs) to the graph. */
  readonly build: (g: GraphBuilder, inputs: Readonly<Record<string, Value>>) => Value;
  /** The inputs' values; every float one is differentiated unless `wanted` names fewer. */
  readonly inputs: Tensors;
  readonly wanted?: readonly string[];
  /** The weights that `build` declares. */
  readonly weights?: Tensors;
  /** Relative to the size of the slope; 2e-3 where not given. */
  readonly tolerance?: number;
  /** The step of the differences; 1e-2 where not given. */
  readonly step?: number;
}

/** A tensor of numbers between two bounds. */
export function uniform(shape: readonly number[], seed: number, bounds: readonly [number, number] = [-1, 1]): Tensor<'float32'> {
  const random = makeRandom(seed);
  return float32(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => bounds[0] + (bounds[1] - bounds[0]) * random.nextUniform()),
  );
}

/** Fails unless the analytic gradients agree with finite differences along three random directions of each input. */
export async function gradCheck(
  name: string,
  { build, inputs, wanted, weights, tolerance = 2e-3, step = 1e-2 }: GradientCase,
): Promise<void> {
  const names = wanted ?? Object.keys(inputs).filter((key) => inputs[key]?.dtype === 'float32');
  const g = new GraphBuilder(name);
  const values = Object.fromEntries(
    Object.entries(inputs).map(([key, { dtype, shape }]) => [key, g.input(key, dtype as Value['dtype'], shape)]),
  );
  const y = build(g, values);
  const mixture = uniform(y.shape as number[], 99);
  const loss = reduceSum(
    g,
    mul(g, y, g.constant(mixture)),
    y.shape.map((_, i) => i),
    false,
  );
  const gradients = backward(
    g,
    loss,
    names.map((key) => values[key] as Value),
  );
  const session = await openGraph(g.finish({ y, ...Object.fromEntries(names.map((key, i) => [`d_${key}`, gradients[i] as Value])) }));
  const analytic = await session.run({ ...weights, ...inputs });
  for (const [i, key] of names.entries()) {
    const at = inputs[key] as Tensor<'float32'>;
    const gradient = numbersOf(analytic, `d_${key}`);
    expect(analytic[`d_${key}`]?.shape, `${name}: shape of the gradient of ${key}`).toEqual(at.shape);
    for (let round = 0; round < 3; round++) {
      const direction = uniform(at.shape, 1000 * i + round + 7).data;
      const slope = dot(gradient, direction);
      const outputAt = async (h: number): Promise<Float32Array> =>
        numbersOf(
          await session.run({
            ...weights,
            ...inputs,
            [key]: float32(
              at.shape,
              at.data.map((v, j) => v + h * (direction[j] ?? 0)),
            ),
          }),
          'y',
        );
      const difference = async (h: number): Promise<number> => {
        const [ahead, behind] = [await outputAt(h), await outputAt(-h)];
        return ahead.reduce((sum, v, j) => sum + (v - (behind[j] ?? 0)) * (mixture.data[j] ?? 0), 0) / (2 * h);
      };
      // Richardson: the error of a central difference falls with h², so two of them cancel it.
      const numeric = (4 * (await difference(step / 2)) - (await difference(step))) / 3;
      const size = Math.sqrt(dot(gradient, gradient) * dot(direction, direction)) / Math.sqrt(gradient.length);
      const message = `${name}: slope along direction ${String(round)} of ${key} is ${String(slope)}, differences give ${String(numeric)}`;
      expect(Math.abs(slope - numeric), message).toBeLessThanOrEqual(tolerance * Math.max(size, Math.abs(numeric), 1e-2));
    }
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
