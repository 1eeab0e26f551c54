/** @file The tower's way back in the browser: the same gradients and losses in wasm and wholly on a GPU. */
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/core/autodiff/backward.ts';
import { present } from '../../src/core/error.ts';
import { int, ints, text } from '../../src/core/graph/attribute.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { mul, reduceSum } from '../../src/core/graph/math.ts';
import { makeOptimizer } from '../../src/core/optim/optimizers.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { elementCount } from '../../src/core/tensor/shape.ts';
import { float32, type Tensor } from '../../src/core/tensor/tensor.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { openStepper } from '../../src/engine/train/step/stepper.ts';
import { layOutBatch } from '../../models/decoder/train-batch.ts';
import type { Backend } from '../../workers/api.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { openReference } from './reference-model.ts';
import { tableReader } from './tiny-graphs.ts';

function chance(shape: readonly number[], seed: number): Tensor<'float32'> {
  const random = makeRandom(seed);
  return float32(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => 2 * random.nextUniform() - 1),
  );
}

/** The kinds of convolution that an EfficientNet has, one after the other. */
const kernels: Readonly<Record<string, { readonly shape: readonly number[]; readonly stride: number; readonly group: number }>> = {
  stem: { shape: [8, 3, 3, 3], stride: 2, group: 1 },
  point: { shape: [12, 8, 1, 1], stride: 1, group: 1 },
  narrow: { shape: [12, 1, 3, 3], stride: 1, group: 12 },
  wide: { shape: [12, 1, 5, 5], stride: 2, group: 12 },
};
const pixels = chance([2, 3, 22, 26], 1);

function convolutions(): Graph {
  const g = new GraphBuilder('convolutions');
  let x = g.input('pixels', 'float32', pixels.shape);
  const learned: Record<string, Value> = { pixels: x };
  for (const [name, { shape, stride, group }] of Object.entries(kernels)) {
    const [weight, bias] = [g.input(name, 'float32', shape), g.input(`${name}.bias`, 'float32', [shape[0] ?? 1])];
    Object.assign(learned, { [name]: weight, [`${name}.bias`]: bias });
    const attributes = {
      kernel_shape: ints(shape.slice(2)),
      strides: ints([stride, stride]),
      group: int(group),
      auto_pad: text('SAME_UPPER'),
    };
    x = g.add('Clip', [g.add('Conv', [x, weight, bias], { attributes }), g.scalar(-1.5), g.scalar(1.5)]);
  }
  const loss = reduceSum(g, mul(g, x, x), [0, 1, 2, 3], false);
  const gradients = backward(g, loss, Object.values(learned));
  const named = Object.keys(learned).map((name, i) => [`d.${name}`, present(gradients[i], name)] as const);
  return g.finish({ loss, ...Object.fromEntries(named) });
}

async function convolutionGradients(backend: Backend): Promise<ReadonlyMap<string, Float32Array>> {
  const runtime = await openWebRuntime(backend, { isGpuOnly: true });
  const graph = convolutions();
  const session = await runtime.createSession({ graph, weights: tableReader() });
  const feeds = graph.inputs.map(
    ({ name, shape }, i) => [name, runtime.upload(name === 'pixels' ? pixels : chance(shape.map(Number), i + 2))] as const,
  );
  const outputs = await session.run(Object.fromEntries(feeds));
  const numbers = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(outputs)) numbers.set(name, (await runtime.download(tensor)).slice());
  await session.close();
  await runtime.close();
  return numbers;
}

/** Learns everything from one picture and one caption; gives the losses. */
async function lossesOf({ runtime, model, store }: OpenModel): Promise<readonly number[]> {
  const { imageSize: side, rowsPerTile } = model.vision;
  const start = [{ token: 5 }, ...Array.from({ length: rowsPerTile }, (_, row) => ({ row })), { token: 7 }];
  const sizes = { batch: 1, length: start.length + 3, labels: 4, pictures: 1, rowsPerPicture: rowsPerTile };
  const stepper = await openStepper({
    runtime,
    weights: store,
    trained: { model, catalog: store.catalog },
    plan: { method: { kind: 'full', reach: 'tower' }, smoothing: 0 },
    optimizer: makeOptimizer({ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 }),
    clip: 1,
    seed: 1,
  });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const batch = {
      sizes,
      inputs: layOutBatch([{ start, captions: [[9, 20, 31, 2]] }], sizes),
      pictures: runtime.upload(chance([1, 3, side, side], 3)),
    };
    losses.push((await stepper.step([batch], 0.05)).loss);
    batch.pictures.dispose();
  }
  await stepper.close();
  return losses;
}

describe('the way back through a tower', () => {
  it('has the same gradients of convolutions on the GPU alone as in wasm', async () => {
    const wanted = await convolutionGradients('wasm');
    const got = await convolutionGradients('webgpu');
    expect([...got.keys()]).toHaveLength(2 + 2 * Object.keys(kernels).length);
    for (const [name, values] of wanted) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (got.get(name)?.[i] ?? NaN))), 0);
      expect(largest, name).toBeGreaterThan(0);
      expect(worst / largest, name).toBeLessThan(1e-4);
    }
  });

  it('learns a vision transformer with its decoder alike on the GPU alone and in wasm', async () => {
    const losses: (readonly number[])[] = [];
    for (const backend of ['wasm', 'webgpu'] as const) {
      const model = await openReference('llava15-vicuna', backend, { precision: 'fp32', policy: 'float32' });
      losses.push(await lossesOf(model));
      await model.close();
    }
    const [wasm = [], gpu = []] = losses;
    expect(present(wasm.at(-1), 'no loss')).toBeLessThan(present(wasm[0], 'no loss'));
    for (const [i, loss] of wasm.entries()) expect(Math.abs(loss - (gpu[i] ?? NaN))).toBeLessThan(1e-4 * loss);
  });
});
