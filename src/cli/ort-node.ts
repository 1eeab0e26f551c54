/** @file Runs graphs by onnxruntime in Node. */

import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '../core/codec/onnx.ts';
import { StudioError } from '../core/error.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { DeviceTensor, Runtime, Session } from '../engine/runtime.ts';
import { isOutOfMemory } from '../engine/out-of-memory.ts';
import { graphWeightBytes } from '../engine/weight-bytes.ts';
import { mapWeights } from './mapped-weights.ts';

/** How many threads a session uses. */
export interface NodeRuntimeOptions {
  readonly threads?: number;
}

/**
 * Opens onnxruntime's CPU backend. Weights are initializers, which it packs for its kernels once: mapped from the bundle's files where these
 * hold them as the graph wants them, else read and given inside of the model, which must stay below 2 GiB then.
 */
export function openNodeRuntime(options: NodeRuntimeOptions = {}): Runtime {
  let weightBytes = 0;
  return {
    backend: 'node',
    createSession: async ({ graph, weights }) => {
      weightBytes += graphWeightBytes(graph);
      const mapped = mapWeights(graph, weights);
      if (mapped) {
        const model = encodeOnnx(mapped.graph, { weights: { external: mapped.rangeOf } });
        return openSession(graph.name, model, { ...options, folder: mapped.folder });
      }
      const bySource = new Map<string, Float32Array | Uint8Array>();
      for (const { source } of graph.weights) if (!bySource.has(source)) bySource.set(source, await weights.read(source));
      const model = encodeOnnx(graph, { weights: { embedded: (source) => bytesOf(bySource.get(source), source) } });
      return openSession(graph.name, model, options);
    },
    upload,
    place: (tensor) => Promise.resolve(upload(tensor)),
    download: (tensor) => Promise.resolve(tensor.data as Float32Array),
    weightBytes: () => weightBytes,
    close: () => Promise.resolve(),
  };
}

interface SessionOptions extends NodeRuntimeOptions {
  /** Where the files lie that the model's weights are ranges of. */
  readonly folder?: string;
}

function upload({ dtype, shape, data }: Tensor): DeviceTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

async function openSession(name: string, bytes: Uint8Array, options: SessionOptions): Promise<Session> {
  const opening = ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    extra: {
      session: {
        // Threads that wait by asking again and again take the cores from those that compute: see docs/performance.md.
        intra_op: { allow_spinning: '0' },
        ...(options.folder === undefined ? {} : { model_external_initializers_file_folder_path: options.folder }),
      },
    },
  });
  const session = await tellingMemory(name, opening);
  return {
    run: (feeds) => tellingMemory(name, session.run(feeds)),
    close: () => session.release(),
  };
}

/** Says what to do where memory is spent; other failures of the runtime are mistakes of ours and pass as they are. */
async function tellingMemory<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!isOutOfMemory(cause)) throw cause;
    throw new StudioError(
      'out-of-memory',
      `${name}: no memory is left; close other programs, say a smaller --batch, or convert the model with --quantize q4`,
      { cause },
    );
  }
}

function bytesOf(weight: Float32Array | Uint8Array | undefined, source: string): Uint8Array {
  if (!weight) throw new StudioError('internal', `internal: weight ${source} was not read`);
  return new Uint8Array(weight.buffer, weight.byteOffset, weight.byteLength);
}
