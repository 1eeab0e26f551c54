/// <reference types="vite/client" />
/** @file The reference checkpoints in the browser, and how far numbers may be from theirs. */
import { expect } from 'vitest';
import { memorySource, type FileSet } from '../../src/core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor } from '../../src/core/codec/safetensors.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import type { Trace } from '../../src/engine/caption/trace.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import type { Precision } from '../../src/engine/convert/precision.ts';
import { openModel, type OpenModel } from '../../src/engine/model.ts';
import type { ComputePolicy } from '../../src/engine/runtime.ts';
import type { Backend } from '../../workers/api.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';

const addresses = import.meta.glob<string>('../fixtures/reference/llava*/**/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const root = '../fixtures/reference/';

/** One photo of a reference. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly prompt: string;
}

async function fetched(path: string): Promise<Uint8Array> {
  const address = addresses[root + path];
  expect(address, path).toBeDefined();
  return new Uint8Array(await (await fetch(address ?? '')).arrayBuffer());
}

/** The files of one folder of the references. */
export function referenceFiles(folder: string): FileSet {
  const paths = Object.keys(addresses).filter((path) => path.startsWith(root + folder));
  return {
    name: folder,
    list: () => Promise.resolve(paths.map((path) => path.slice(root.length + folder.length)).sort()),
    open: async (path) => (paths.includes(root + folder + path) ? memorySource(path, await fetched(folder + path)) : null),
  };
}

/** Converts a reference's checkpoint in memory and opens it. */
export async function openReference(
  name: string,
  backend: Backend,
  how: { readonly precision: Precision; readonly policy: ComputePolicy },
): Promise<OpenModel> {
  const memory = memoryFiles(name);
  const { precision, policy } = how;
  await convertCheckpoint(referenceFiles(`${name}/checkpoint/`), memory.sink, {
    precision,
    name: `${name}-${precision}`,
    source: 'test',
    licence: 'test',
  });
  return openModel(await openWebRuntime(backend, { isGpuOnly: true }), await openBundle(memory.files), { policy });
}

/** Opens a file of tensors, from its path below the references. */
export async function tensorsOf(path: string): Promise<(tensor: string) => Promise<Float32Array>> {
  const source = memorySource(path, await fetched(path));
  const { tensors } = await readSafetensorsHeader(source);
  return async (tensor) => {
    const info = tensors.get(tensor) ?? expect.fail(tensor);
    return Float32Array.from((await readTensor(source, info)).data, Number);
  };
}

/** The photos of a reference. */
export async function photosOf(name: string): Promise<readonly (readonly [string, Photo])[]> {
  const json = JSON.parse(new TextDecoder().decode(await fetched(`${name}/expected.json`))) as { photos: Record<string, Photo> };
  return Object.entries(json.photos);
}

/** A tensor of a trace as numbers. */
export function numbers(trace: Trace, tensor: string): Float32Array {
  return Float32Array.from(trace.get(tensor)?.data ?? [], Number);
}

/** In multiples of the reference's tolerance, 1e-4 · |wanted| + atol. */
export function worstMiss(got: Float32Array, wanted: Float32Array, atol: number): number {
  expect(got.length).toBe(wanted.length);
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs((got[i] ?? NaN) - value) / (1e-4 * Math.abs(value) + atol)), 0);
}
