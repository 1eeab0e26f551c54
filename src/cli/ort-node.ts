/** @file Runs graphs by onnxruntime in Node. */

import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '../core/codec/onnx.ts';
import { StudioError } from '../core/error.ts';
import type { Runtime, Session } from '../engine/runtime.ts';

/** How many threads a session uses. */
export interface NodeRuntimeOptions {
  readonly threads?: number;
}

/** Opens onnxruntime's CPU backend. Weights are initializers, which it packs for its kernels once. */
export function openNodeRuntime(options: NodeRuntimeOptions = {}): Runtime {
  let weightBytes = 0;
  return {
    backend: 'node',
    createSession: async ({ graph, weights }) => {
      const bySource = new Map<string, Float32Array | Uint8Array>();
      for (const { source } of graph.weights) if (!bySource.has(source)) bySource.set(source, await weights.read(source));
      const bytes = encodeOnnx(graph, { weights: { embedded: (source) => bytesOf(bySource.get(source), source) } });
      for (const weight of bySource.values()) weightBytes += weight.byteLength;
      return openSession(bytes, options);
    },
    upload: ({ dtype, shape, data }) => new ort.Tensor(dtype as 'float32', data as Float32Array, shape),
    download: (tensor) => Promise.resolve(tensor.data as Float32Array),
    weightBytes: () => weightBytes,
    close: () => Promise.resolve(),
  };
}

async function openSession(bytes: Uint8Array, options: NodeRuntimeOptions): Promise<Session> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
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
