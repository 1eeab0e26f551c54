/** @file Runs graphs by onnxruntime in Node. */

import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '../core/codec/onnx.ts';
import { StudioError } from '../core/error.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { DeviceTensor, Runtime, Session } from '../engine/runtime.ts';
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
        return openSession(model, { ...options, folder: mapped.folder });
      }
      const bySource = new Map<string, Float32Array | Uint8Array>();
      for (const { source } of graph.weights) if (!bySource.has(source)) bySource.set(source, await weights.read(source));
      return openSession(encodeOnnx(graph, { weights: { embedded: (source) => bytesOf(bySource.get(source), source) } }), options);
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

async function openSession(bytes: Uint8Array, options: SessionOptions): Promise<Session> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: options.folder } } }),
  });
  return {
    run: (feeds) => session.run(feeds),
    close: () => session.release(),
  };
}

function bytesOf(weight: Float32Array | Uint8Array | undefined, source: string): Uint8Array {
  if (!weight) throw new StudioError('internal', `internal: weight ${source} was not read`);
  return new Uint8Array(weight.buffer, weight.byteOffset, weight.byteLength);
}
