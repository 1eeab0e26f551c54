/** @file On the GPU no token takes a new buffer, and buffers that nobody asks for go. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { float32, int32 } from '../../src/core/tensor/tensor.ts';
import { decoderSites } from '../../models/decoder/sites.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { loadRuntime, webgpuBuild } from '../../workers/ort-runtime.ts';
import { openDevice } from '../../workers/device.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { makeOutputPool, roomyBytes } from '../../workers/output-pool.ts';
import { openReference, photosOf, tensorsOf } from './reference-model.ts';

afterEach(() => vi.restoreAllMocks());

/** A graph whose output has the size of its input. */
function doubling(): Graph {
  const g = new GraphBuilder('doubling');
  const past = g.input('past', 'float32', [1, 'P']);
  return g.finish({ present: g.add('Add', [past, past]) });
}

/** Counts the buffers for computing that are made from now on. */
function countBuffers(): () => number {
  const made = vi.spyOn(GPUDevice.prototype, 'createBuffer');
  return () => made.mock.calls.filter(([{ usage }]) => (usage & GPUBufferUsage.STORAGE) !== 0).length;
}

describe('captioning on the GPU', () => {
  it('takes the buffers of the caption before', async () => {
    const name = 'llava-interleave-qwen2';
    const model = await openReference(name, 'webgpu', { precision: 'fp32', policy: 'float32' });
    const [[key, photo] = expect.fail('no photo')] = await photosOf(name);
    const view = { pixels: await (await tensorsOf(`${name}/expected.safetensors`))(`${key}.pixel_values`), size: photo };
    const tokens = 8;
    const caption = (): Promise<unknown> => traceCaption(model, view, rawPrompt(photo.prompt), tokens);
    await caption();
    const made = countBuffers();
    await caption();
    expect(made()).toBeLessThan(tokens); // eight inputs and two outputs a layer went in and out at each of them
    await model.close();
  });
});

describe('the sums of a DoRA on the GPU', () => {
  it('give back what they were fed, so that another takes no new buffer', async () => {
    const model = await openReference('llava-interleave-qwen2', 'webgpu', { precision: 'fp32', policy: 'float32' });
    const site = decoderSites(model.model.decoder).get('model.language_model.layers.1.mlp.down_proj') ?? expect.fail('no such layer');
    const { module, inputSize, outputSize } = site;
    const rank = 4;
    const sum = (value: number): Promise<unknown> => {
      const [a, b] = [new Float32Array(rank * inputSize).fill(value), new Float32Array(outputSize * rank).fill(value)];
      return model.rowSums.sumsOf(new Map([[module, { a, b, rank, inputSize, outputSize }]]));
    };
    for (const value of [1, 2]) await sum(value);
    const made = countBuffers();
    for (const value of [3, 4, 5]) await sum(value);
    expect(made()).toBe(0);
    await model.close();
  });
});

describe('the buffers of a device', () => {
  it('hold what is uploaded, and give it back', async () => {
    const runtime = await openWebRuntime('webgpu');
    const uploaded = runtime.upload(float32([2, 3], [1, 2, 3, 4, 5, 6]));
    expect(Array.from(await runtime.download(uploaded))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(runtime.upload(int32([2], [7, 8])).location).toBe('gpu-buffer');
    expect(runtime.upload(float32([0, 3], [])).location).toBe('cpu');
    await runtime.close();
  });

  it('are used again, and go when they were not for long', async () => {
    const device = await openDevice();
    const pool = makeOutputPool(await loadRuntime(webgpuBuild()), device);
    const made = countBuffers();
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy');
    const run = (length: number): void => {
      const past = pool.upload(float32([1, length], new Float32Array(length)));
      const placed = pool.place(doubling(), ['present'], { past: past ?? expect.fail('no tensor') });
      for (const tensor of [past, ...Object.values(placed)]) tensor?.dispose();
    };
    for (let length = 1; length <= 40; length++) run(length);
    expect(made()).toBeLessThanOrEqual(2);
    run(5000);
    const both = made();
    for (let i = 0; i < 70; i++) run(9);
    expect(made()).toBe(both);
    expect(destroyed).toHaveBeenCalledTimes(both - 2);
    pool.destroy();
    expect(destroyed).toHaveBeenCalledTimes(both);
    device.destroy();
  });
});

describe('numbers in the pool', () => {
  it('come back as they were, of each type that it takes; others it leaves to the runtime', async () => {
    const device = await openDevice();
    const pool = makeOutputPool(await loadRuntime(webgpuBuild()), device);
    for (const tensor of [int32([3], [-1, 0, 2 ** 30]), float32([3], [0.5, -2, 3])])
      expect(await pool.upload(tensor)?.getData()).toEqual(tensor.data);
    expect(pool.upload({ dtype: 'uint8', shape: [1], data: new Uint8Array(1) })).toBeNull();
    pool.destroy();
    device.destroy();
  });
});

describe('roomyBytes', () => {
  it('gives room to grow into, and never more than half as much again', () => {
    for (const bytes of [1, 191, 192, 193, 256, 257, 384, 385, 512, 100_000, 9_830_400]) {
      const roomy = roomyBytes(bytes);
      expect(roomy).toBeGreaterThanOrEqual(bytes);
      expect(roomy % 64).toBe(0);
      expect(roomy).toBeLessThanOrEqual(Math.max(256, 1.5 * bytes));
    }
  });
});
