/** @file Runs graphs by onnxruntime-web, on the GPU or in wasm. */

import { encodeOnnx, type WeightPlacement } from '../src/core/codec/onnx.ts';
import { StudioError } from '../src/core/error.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { present } from '../src/core/error.ts';
import type { DeviceTensors, Runtime, Session, SessionRequest, WeightReader } from '../src/engine/runtime.ts';
import type { Backend } from './api.ts';
import { openDevice, wasmThreads } from './device.ts';
import { loadRuntime, webgpuBuild, type Runtime as OrtRuntime } from './ort-runtime.ts';
import { makeWeightPool, type WeightPool } from './weight-pool.ts';

/** How sessions of one backend are made. */
interface Host {
  readonly ort: OrtRuntime;
  /** null computes in wasm. */
  readonly gpu: { readonly device: GPUDevice; readonly pool: WeightPool } | null;
  /** Runs one thing at a time: sessions of onnxruntime-web must not overlap. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** Bytes of weights that sessions hold for themselves. @unit bytes */
  ownedBytes: number;
  /** Set once the device is gone. */
  lost: string | null;
}

/**
 * Opens a backend; it never falls back to the other one.
 *
 * @throws {StudioError} 'webgpu-missing' where there is no GPU to be had
 */
export async function openWebRuntime(backend: Backend): Promise<Runtime> {
  const device = backend === 'webgpu' ? await openDevice() : null;
  const ort = await loadRuntime(device ? webgpuBuild() : 'plain');
  ort.env.wasm.numThreads = device ? 1 : wasmThreads();
  ort.env.logLevel = 'error';
  const host: Host = { ort, gpu: device && { device, pool: makeWeightPool(ort, device) }, alone: makeMutex(), ownedBytes: 0, lost: null };
  void device?.lost.then((info) => {
    host.lost = info.message;
  });
  return {
    backend,
    createSession: (request) => guarded(host, () => createSession(host, request)),
    upload: ({ dtype, shape, data }) => new ort.Tensor(dtype as 'float32', data as Float32Array, shape),
    download: (tensor) => guarded(host, async () => (await tensor.getData()) as Float32Array),
    weightBytes: () => host.ownedBytes + (host.gpu?.pool.byteLength() ?? 0),
    close: () => {
      host.gpu?.pool.destroy();
      host.gpu?.device.destroy();
      return Promise.resolve();
    },
  };
}

async function createSession(host: Host, request: SessionRequest): Promise<Session> {
  const { graph, weights } = request;
  const shared = host.gpu && request.sharesWeights === true ? await host.gpu.pool.feedsOf(graph, weights) : null;
  const external = shared ? null : await readExternal(graph, weights);
  if (external) host.ownedBytes += external.data.byteLength;
  const placement: WeightPlacement = external
    ? { external: (source) => present(external.ranges.get(source), `weight ${source} was not read`) }
    : 'inputs';
  const kept = host.gpu ? (request.keepOnDevice ?? []) : [];
  const session = await host.ort.InferenceSession.create(encodeOnnx(graph, { weights: placement }), {
    executionProviders: host.gpu ? [{ name: 'webgpu', device: host.gpu.device }] : ['wasm'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    preferredOutputLocation: Object.fromEntries(
      graph.outputs.map(({ name }) => [name, kept.includes(name) ? ('gpu-buffer' as const) : ('cpu' as const)]),
    ),
    ...(external && external.data.byteLength > 0 ? { externalData: [{ path: weightFile, data: external.data }] } : {}),
  });
  return {
    run: (feeds) => guarded(host, async () => (await session.run({ ...feeds, ...shared })) as DeviceTensors),
    close: () => host.alone(() => session.release()),
  };
}

const weightFile = 'weights.bin';

interface ExternalWeights {
  readonly data: Uint8Array;
  readonly ranges: ReadonlyMap<string, { readonly path: string; readonly offset: number; readonly length: number }>;
}

/** Lays all weights of a graph behind one another, as the file that its initializers point into. */
async function readExternal(graph: Graph, weights: WeightReader): Promise<ExternalWeights> {
  const alignment = 16;
  const parts: { readonly source: string; readonly bytes: Uint8Array; readonly offset: number }[] = [];
  let size = 0;
  for (const source of new Set(graph.weights.map((weight) => weight.source))) {
    const data = await weights.read(source);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    parts.push({ source, bytes, offset: size });
    size += Math.ceil(bytes.byteLength / alignment) * alignment;
  }
  const data = new Uint8Array(size);
  for (const { bytes, offset } of parts) data.set(bytes, offset);
  return {
    data,
    ranges: new Map(parts.map(({ source, bytes, offset }) => [source, { path: weightFile, offset, length: bytes.byteLength }])),
  };
}

/** Runs work alone, and says in our words what went wrong. */
async function guarded<T>(host: Host, work: () => Promise<T>): Promise<T> {
  try {
    return await host.alone(work);
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    await Promise.resolve(); // the device tells of its loss a moment after the call that failed
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (host.lost !== null || /device (is |was )?lost|lost device|external Instance reference/i.test(reason)) {
      throw new StudioError('device-lost', 'the GPU went away (asleep, reset, or taken by the system); open the model again to go on', {
        cause,
      });
    }
    if (/out of memory|allocation failed|bad_alloc|memory access out of bounds|Array buffer allocation/i.test(reason)) {
      throw new StudioError('out-of-memory', 'there is not enough memory for this; use smaller batches or a smaller model', { cause });
    }
    throw new StudioError('internal', `onnxruntime: ${reason}`, { cause });
  }
}

function makeMutex(): Host['alone'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
