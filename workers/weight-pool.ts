/** @file Weights on the GPU: each is uploaded once, and every session that needs it is given a view of the same buffer. */

import type { Graph } from '../src/core/graph/graph.ts';
import type { Tensor } from '../src/core/tensor/tensor.ts';
import type { WeightReader } from '../src/engine/runtime.ts';
import { StudioError } from '../src/core/error.ts';
import type { Runtime as OrtRuntime } from './ort-runtime.ts';
import type { DeviceTensor, DeviceTensors } from '../src/engine/runtime.ts';

/** The weights that live on one device. */
export interface WeightPool {
  /** Gives all weights of a graph as tensors to be fed, uploading those that are not there yet. */
  feedsOf(graph: Graph, weights: WeightReader): Promise<DeviceTensors>;
  /** Uploads a tensor that is no weight; whoever holds it disposes of it. */
  place(tensor: Tensor): Promise<DeviceTensor>;
  /** @unit bytes */
  byteLength(): number;
  /** Frees all buffers. */
  destroy(): void;
}

/** Buffers of storage must have whole words. @unit bytes */
const bufferAlignment = 16;

/** Makes an empty pool. */
export function makeWeightPool(ort: OrtRuntime, device: GPUDevice): WeightPool {
  const buffers = new Map<string, GPUBuffer>();
  const bufferOf = async (weights: WeightReader, source: string): Promise<GPUBuffer> => {
    const key = `${weights.id}/${source}`;
    const known = buffers.get(key);
    if (known) return known;
    const buffer = await uploadBuffer(device, await weights.read(source), source);
    buffers.set(key, buffer);
    return buffer;
  };
  return {
    feedsOf: async (graph, weights) => {
      const feeds: Record<string, DeviceTensor> = {};
      for (const { value, source } of graph.weights) {
        const dims = value.shape.map(Number);
        feeds[value.name] = ort.Tensor.fromGpuBuffer(await bufferOf(weights, source), { dataType: value.dtype as 'float32', dims });
      }
      return feeds;
    },
    place: async ({ dtype, shape, data }) => {
      const buffer = await uploadBuffer(device, data as Float32Array, 'an adapter');
      const options = {
        dataType: dtype as 'float32',
        dims: shape,
        dispose: () => {
          buffer.destroy();
        },
      };
      return ort.Tensor.fromGpuBuffer(buffer, options);
    },
    byteLength: () => [...buffers.values()].reduce((sum, buffer) => sum + buffer.size, 0),
    destroy: () => {
      for (const buffer of buffers.values()) buffer.destroy();
      buffers.clear();
    },
  };
}

async function uploadBuffer(device: GPUDevice, data: Float32Array | Uint8Array, name: string): Promise<GPUBuffer> {
  const size = Math.max(bufferAlignment, Math.ceil(data.byteLength / bufferAlignment) * bufferAlignment);
  const largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  if (size > largest) {
    throw new StudioError(
      'out-of-memory',
      `${name}: needs ${megabytes(size)} in one buffer, this GPU holds ${megabytes(largest)}; choose a smaller precision or wasm`,
    );
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  device.pushErrorScope('out-of-memory');
  let failure: unknown;
  let buffer: GPUBuffer | null = null;
  try {
    // Mapped at creation, so that the bytes reach the GPU without a copy in wasm's memory.
    buffer = device.createBuffer({ label: name, size, usage, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    buffer.unmap();
  } catch (cause) {
    failure = cause;
  }
  const refusal = await device.popErrorScope();
  failure ??= refusal;
  if (buffer && !failure) return buffer;
  buffer?.destroy();
  throw new StudioError('out-of-memory', `${name}: the GPU has no ${megabytes(size)} left; close other tabs, or choose a smaller model`, {
    cause: failure,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
