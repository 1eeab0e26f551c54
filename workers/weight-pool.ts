/** @file Weights on the GPU: each is uploaded once, and every session that needs it is given a view of the same buffer. */

import { packedBytes } from '../src/core/codec/onnx-schema.ts';
import type { Graph, Weight } from '../src/core/graph/graph.ts';
import { elementCount } from '../src/core/tensor/shape.ts';
import type { Tensor } from '../src/core/tensor/tensor.ts';
import type { WeightReader } from '../src/engine/runtime.ts';
import type { Runtime as OrtRuntime } from './ort-runtime.ts';
import type { DeviceTensor, DeviceTensors } from '../src/engine/runtime.ts';
import { uploadPieces } from './upload-pieces.ts';

/** The weights that live on one device. */
export interface WeightPool {
  /** Gives all weights of a graph as tensors to be fed, uploading those that are not there yet. */
  feedsOf(graph: Graph, weights: WeightReader): Promise<DeviceTensors>;
  /** Lets go of what `feedsOf` gave; a buffer that no graph uses any more is freed. */
  release(graph: Graph, weights: WeightReader): void;
  /** Uploads a tensor that is no weight; whoever holds it disposes of it. */
  place(tensor: Tensor): Promise<DeviceTensor>;
  /** @unit bytes */
  byteLength(): number;
  /** Frees all buffers. */
  destroy(): void;
}

interface SharedBuffer {
  readonly buffer: GPUBuffer;
  /** Views that were given out and not let go of. */
  users: number;
}

function keyOf(weights: WeightReader, source: string): string {
  return `${weights.id}/${source}`;
}

/** Makes an empty pool. */
export function makeWeightPool(ort: OrtRuntime, device: GPUDevice): WeightPool {
  const buffers = new Map<string, SharedBuffer>();
  const bufferOf = async (weights: WeightReader, { source, value }: Weight): Promise<GPUBuffer> => {
    const key = keyOf(weights, source);
    const known = buffers.get(key);
    if (known) {
      known.users += 1;
      return known.buffer;
    }
    const size = packedBytes(value.dtype, elementCount(value.shape.map(Number)));
    const pieces = weights.stream?.(source) ?? [await weights.read(source)];
    const buffer = await uploadPieces(device, { name: source, size }, pieces);
    buffers.set(key, { buffer, users: 1 });
    return buffer;
  };
  return {
    feedsOf: async (graph, weights) => {
      const feeds: Record<string, DeviceTensor> = {};
      for (const weight of graph.weights) {
        const { value } = weight;
        const dims = value.shape.map(Number);
        feeds[value.name] = ort.Tensor.fromGpuBuffer(await bufferOf(weights, weight), { dataType: value.dtype as 'float32', dims });
      }
      return feeds;
    },
    release: (graph, weights) => {
      for (const { source } of graph.weights) {
        const key = keyOf(weights, source);
        const shared = buffers.get(key);
        if (!shared) continue;
        shared.users -= 1;
        if (shared.users > 0) continue;
        shared.buffer.destroy();
        buffers.delete(key);
      }
    },
    place: async ({ dtype, shape, data }) => {
      const buffer = await uploadPieces(device, { name: 'an adapter', size: data.byteLength }, [data as Float32Array]);
      const options = {
        dataType: dtype as 'float32',
        dims: shape,
        dispose: () => {
          buffer.destroy();
        },
      };
      return ort.Tensor.fromGpuBuffer(buffer, options);
    },
    byteLength: () => [...buffers.values()].reduce((sum, { buffer }) => sum + buffer.size, 0),
    destroy: () => {
      for (const { buffer } of buffers.values()) buffer.destroy();
      buffers.clear();
    },
  };
}
