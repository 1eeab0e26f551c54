/// <reference types="vite/client" />
/** @file Every family in the browser, in wasm and on WebGPU, against transformers: features, logits and ids from the same pixels. */
import { describe, expect, it } from 'vitest';
import { memorySource, type FileSet } from '../../src/core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor } from '../../src/core/codec/safetensors.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { traceCaption, type Trace } from '../../src/engine/caption/trace.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import type { Precision } from '../../src/engine/convert/precision.ts';
import { openModel, type OpenModel } from '../../src/engine/model.ts';
import type { ComputePolicy } from '../../src/engine/runtime.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import type { Backend } from '../../workers/api.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';

const addresses = import.meta.glob<string>('../fixtures/reference/llava*/**/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const root = '../fixtures/reference/';
const names = ['llava15-vicuna', 'llava15-bf16-sharded', 'llava-interleave-qwen2', 'llava16-vicuna', 'llava-onevision-qwen2'];

interface Photo {
  readonly width: number;
  readonly height: number;
  readonly prompt: string;
}

async function fetched(path: string): Promise<Uint8Array> {
  const address = addresses[root + path];
  expect(address, path).toBeDefined();
  return new Uint8Array(await (await fetch(address ?? '')).arrayBuffer());
}

function checkpointFiles(name: string): FileSet {
  const folder = `${name}/checkpoint/`;
  const paths = Object.keys(addresses).filter((path) => path.startsWith(root + folder));
  return {
    name,
    list: () => Promise.resolve(paths.map((path) => path.slice(root.length + folder.length)).sort()),
    open: async (path) => (paths.includes(root + folder + path) ? memorySource(path, await fetched(folder + path)) : null),
  };
}

async function open(
  name: string,
  backend: Backend,
  how: { readonly precision: Precision; readonly policy: ComputePolicy },
): Promise<OpenModel> {
  const memory = memoryFiles(name);
  const { precision, policy } = how;
  await convertCheckpoint(checkpointFiles(name), memory.sink, { precision, name: `${name}-${precision}`, source: 'test', licence: 'test' });
  return openModel(await openWebRuntime(backend, { isGpuOnly: true }), await openBundle(memory.files), { policy });
}

async function goldens(name: string): Promise<(tensor: string) => Promise<Float32Array>> {
  const source = memorySource(name, await fetched(`${name}/expected.safetensors`));
  const { tensors } = await readSafetensorsHeader(source);
  return async (tensor) => {
    const info = tensors.get(tensor) ?? expect.fail(tensor);
    return Float32Array.from((await readTensor(source, info)).data, Number);
  };
}

async function photosOf(name: string): Promise<readonly (readonly [string, Photo])[]> {
  const json = JSON.parse(new TextDecoder().decode(await fetched(`${name}/expected.json`))) as { photos: Record<string, Photo> };
  return Object.entries(json.photos);
}

function numbers(trace: Trace, tensor: string): Float32Array {
  return Float32Array.from(trace.get(tensor)?.data ?? [], Number);
}

/** In multiples of the reference's tolerance, 1e-4 · |wanted| + atol. */
function worstMiss(got: Float32Array, wanted: Float32Array, atol: number): number {
  expect(got.length).toBe(wanted.length);
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs((got[i] ?? NaN) - value) / (1e-4 * Math.abs(value) + atol)), 0);
}

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  it.each(names)('%s gives the reference’s features, logits and ids', async (name) => {
    const model = await open(name, backend, { precision: 'fp32', policy: 'float32' });
    const golden = await goldens(name);
    for (const [key, photo] of await photosOf(name)) {
      const view = { pixels: await golden(`${key}.pixel_values`), size: photo };
      const trace = await traceCaption(model, view, rawPrompt(photo.prompt), 24);
      const features = worstMiss(numbers(trace, 'image_features'), await golden(`${key}.image_features`), 2e-5);
      const logits = worstMiss(numbers(trace, 'logits'), await golden(`${key}.logits`), 1e-4);
      expect({ features: features <= 1, logits: logits <= 1 }, `${String(features)} ${String(logits)}`).toEqual({
        features: true,
        logits: true,
      });
      const ids = Array.from(await golden(`${key}.greedy_ids`));
      const end = ids.findIndex((id) => model.stopIds.includes(id));
      expect(Array.from(numbers(trace, 'greedy_ids'))).toEqual(end < 0 ? ids : ids.slice(0, end));
    }
    await model.close();
  });

  it('computes in 4 bits what floats give from the same quantised weights', async () => {
    const name = 'llava-interleave-qwen2';
    const [blocks, floats] = [
      await open(name, backend, { precision: 'q4', policy: 'stored' }),
      await open(name, backend, { precision: 'q4', policy: 'float32' }),
    ];
    const golden = await goldens(name);
    const [[key, photo] = expect.fail('no photo')] = await photosOf(name);
    const view = { pixels: await golden(`${key}.pixel_values`), size: photo };
    const [got, wanted] = [
      await traceCaption(blocks, view, rawPrompt(photo.prompt), 24),
      await traceCaption(floats, view, rawPrompt(photo.prompt), 24),
    ];
    const miss = worstMiss(numbers(got, 'logits'), numbers(wanted, 'logits'), 1e-4);
    expect(miss, String(miss)).toBeLessThanOrEqual(1);
    expect(numbers(got, 'greedy_ids')).toEqual(numbers(wanted, 'greedy_ids'));
    await blocks.close();
    await floats.close();
  });
});
