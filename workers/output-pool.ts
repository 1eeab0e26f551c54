/**
 * @file Buffers for outputs that stay on the GPU, used again. onnxruntime keeps few buffers of a size, fewer than a large model's cache has
 * tensors, so that it would make and clear most of them anew at every token.
 */

import { packedBytes } from '../src/core/codec/onnx-schema.ts';
import type { Graph, GraphDType, Value } from '../src/core/graph/graph.ts';
import { StudioError } from '../src/core/error.ts';
import { elementCount } from '../src/core/tensor/shape.ts';
import type { Tensor } from '../src/core/tensor/tensor.ts';
import type { DeviceTensor, DeviceTensors } from '../src/engine/runtime.ts';
import type { Runtime as OrtRuntime } from './ort-runtime.ts';

/** The buffers of one device. */
export interface OutputPool {
  /** Gives a tensor for each output that is to stay on the device and whose size the feeds tell; disposing of it gives its buffer back. */
  place(graph: Graph, kept: readonly string[], feeds: DeviceTensors): Record<string, DeviceTensor>;
  /** Gives a tensor of the host in such a buffer; null for types other than float32 and int32, and where it has no numbers. */
  upload(tensor: Tensor): DeviceTensor | null;
  /** Frees all buffers. */
  destroy(): void;
}

/** A free buffer that no run has asked for in so many runs is freed. */
const keptForRuns = 64;

/** Types of numbers that lie in the pool; four bytes each. */
type PooledType = Extract<GraphDType, 'float32' | 'int32'>;

interface FreeBuffer {
  readonly buffer: GPUBuffer;
  readonly sinceRun: number;
}

/** Makes an empty pool. */
export function makeOutputPool(ort: OrtRuntime, device: GPUDevice): OutputPool {
  const free = new Map<number, FreeBuffer[]>();
  let runs = 0;
  let isOver = false;
  const take = (size: number): GPUBuffer =>
    free.get(size)?.pop()?.buffer ??
    device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  const giveBack = (buffer: GPUBuffer): void => {
    if (isOver) {
      buffer.destroy();
      return;
    }
    const list = free.get(buffer.size) ?? [];
    list.push({ buffer, sinceRun: runs });
    free.set(buffer.size, list);
  };
  const dropStale = (): void => {
    for (const [size, list] of free) {
      for (const { buffer, sinceRun } of list) if (runs - sinceRun > keptForRuns) buffer.destroy();
      free.set(
        size,
        list.filter(({ sinceRun }) => runs - sinceRun <= keptForRuns),
      );
    }
  };
  const tensorOf = (dtype: PooledType, dims: readonly number[], data?: Tensor['data']): DeviceTensor => {
    const bytes = packedBytes(dtype, elementCount(dims));
    const buffer = take(roomyBytes(bytes));
    // What was written before a run is there when it reads; the runtime's own way takes two submissions and a buffer for each tensor.
    if (data) device.queue.writeBuffer(buffer, 0, data);
    const read = (): Promise<ArrayBuffer> => readBuffer(device, buffer, bytes);
    const dispose = (): void => {
      giveBack(buffer);
    };
    return dtype === 'int32'
      ? ort.Tensor.fromGpuBuffer(buffer, { dataType: dtype, dims, dispose, download: async () => new Int32Array(await read()) })
      : ort.Tensor.fromGpuBuffer(buffer, { dataType: dtype, dims, dispose, download: async () => new Float32Array(await read()) });
  };
  return {
    place: (graph, kept, feeds) => {
      runs += 1;
      dropStale();
      const sizes = sizesOf(graph, feeds);
      const placed: Record<string, DeviceTensor> = {};
      for (const value of graph.outputs) {
        const { name, dtype } = value;
        const dims = kept.includes(name) ? dimsOf(value, sizes) : null;
        if (dtype === 'float32' && dims && elementCount(dims) > 0) placed[name] = tensorOf(dtype, dims);
      }
      return placed;
    },
    upload: ({ dtype, shape, data }) =>
      (dtype === 'float32' || dtype === 'int32') && data.length > 0 ? tensorOf(dtype, shape, data) : null,
    destroy: () => {
      isOver = true;
      for (const list of free.values()) for (const { buffer } of list) buffer.destroy();
      free.clear();
    },
  };
}

/** Rounds up to 1 or 1.5 times a power of two, so that a cache that grows by one position fits where it was for long. @unit bytes */
export function roomyBytes(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, 256)));
  return bytes <= 0.75 * power ? 0.75 * power : power;
}

/** The sizes that the feeds give to the symbols of the graph's inputs. */
function sizesOf(graph: Graph, feeds: DeviceTensors): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, shape } of graph.inputs) {
    const dims = feeds[name]?.dims ?? [];
    for (const [i, size] of shape.entries()) if (typeof size === 'string') sizes.set(size, dims[i] ?? NaN);
  }
  return sizes;
}

/** The sizes of a value; null where a symbol of its shape is none of the inputs'. */
function dimsOf({ shape }: Value, sizes: ReadonlyMap<string, number>): readonly number[] | null {
  const dims = shape.map((size) => (typeof size === 'string' ? (sizes.get(size) ?? NaN) : size));
  return dims.every(Number.isFinite) ? dims : null;
}

async function readBuffer(device: GPUDevice, buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } catch (cause) {
    throw new StudioError('device-lost', 'WebGPU: a result could not be read back from the GPU', { cause });
  } finally {
    staging.destroy();
  }
}
