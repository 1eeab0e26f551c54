/** @file Runs graphs by onnxruntime in the browser: on a GPU through a device of ours, or on the processor by wasm. */

import type * as Ort from 'onnxruntime-web';
import { encodeOnnx } from '../src/core/codec/onnx.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { present, StudioError } from '../src/core/error.ts';
import type { Tensor } from '../src/core/tensor/tensor.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session, SessionRequest, WeightReader } from '../src/engine/runtime.ts';
import type { Backend } from './api.ts';
import { openDevice, wasmThreads } from './device.ts';
import { openGate } from './gate.ts';
import { loadRuntime, webgpuBuild, type Runtime as OrtModule } from './ort-runtime.ts';
import { makeOutputPool, type OutputPool } from './output-pool.ts';
import { makeWeightPool, type WeightPool } from './weight-pool.ts';

/** How a runtime is opened. */
export interface WebRuntimeOptions {
  /** Whether opening a session fails when the GPU lacks one of its ops; else onnxruntime computes that op on the processor, which is slow. */
  readonly isGpuOnly?: boolean;
}

/**
 * Opens a backend; the other one is never taken in its place. If the GPU goes away, everything that the runtime made is void, and
 * whatever is asked of it rejects with 'device-lost'.
 *
 * @throws {StudioError} 'webgpu-missing' when there is no GPU to open, 'network' when the runtime's files cannot be fetched
 */
export async function openWebRuntime(backend: Backend, { isGpuOnly = false }: WebRuntimeOptions = {}): Promise<Runtime> {
  const device = backend === 'webgpu' ? await openDevice() : null;
  const ort = await loadModule(backend);
  ort.env.wasm.numThreads = device ? 1 : wasmThreads();
  ort.env.logLevel = 'error';
  const gpu = device && {
    device,
    isGpuOnly,
    pool: makeWeightPool(ort, device),
    outputs: makeOutputPool(ort, device),
  };
  const gate = openGate(device);
  let heldBytes = 0;
  return {
    backend,
    createSession: (request) =>
      gate.pass(`opening ${request.graph.name}`, async (): Promise<Session> => {
        const opened = gpu && request.sharesWeights === true ? await openSharing(ort, gpu, request) : await openHolding(ort, gpu, request);
        heldBytes += opened.heldBytes;
        return {
          run: (feeds) => gate.pass(`running ${request.graph.name}`, () => runSession(opened, placing(gpu, request, feeds), feeds)),
          close: async () => {
            heldBytes -= opened.heldBytes;
            // On a lost device there is nothing left to free.
            if (gate.isLost()) return;
            await gate.pass(`closing ${request.graph.name}`, opened.release);
          },
        };
      }),
    upload: (tensor) => gpu?.outputs.upload(tensor) ?? hostTensor(ort, tensor),
    place: (tensor) => (gpu ? gate.pass('placing a tensor', () => gpu.pool.place(tensor)) : Promise.resolve(hostTensor(ort, tensor))),
    download: (tensor) => gate.pass('reading a result', async () => (await tensor.getData()) as Float32Array),
    weightBytes: () => heldBytes + (gpu?.pool.byteLength() ?? 0),
    close: async () => {
      await gate.close();
      gpu?.pool.destroy();
      gpu?.outputs.destroy();
      device?.destroy();
    },
  };
}

/** The casts only pick one of the pairs of type and array that the runtime takes. */
function hostTensor(ort: OrtModule, { dtype, shape, data }: Tensor): DeviceTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

/** Where each output goes: into a buffer of ours, or, where it is null, wherever the runtime puts it. */
function placing(gpu: Gpu | null, { graph, keepOnDevice = [] }: SessionRequest, feeds: DeviceTensors): Outputs {
  const anywhere = Object.fromEntries(graph.outputs.map(({ name }) => [name, null]));
  return gpu ? { ...anywhere, ...gpu.outputs.place(graph, keepOnDevice, feeds) } : anywhere;
}

async function runSession({ session, weights }: Opened, places: Outputs, feeds: DeviceTensors): Promise<DeviceTensors> {
  const outputs = (await session.run({ ...feeds, ...weights }, places)) as DeviceTensors;
  // Wasm computes without ever giving the thread back: without a turn for messages no one could cancel.
  await messageTurn();
  return outputs;
}

/** Waits until the messages that have come by now were handled; a timer would wait for longer. */
function messageTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

async function loadModule(backend: Backend): Promise<OrtModule> {
  try {
    return await loadRuntime(backend === 'webgpu' ? webgpuBuild() : 'plain');
  } catch (cause) {
    throw new StudioError('network', 'the runtime that computes models cannot be fetched; check the connection and try again', { cause });
  }
}

type Outputs = Readonly<Record<string, DeviceTensor | null>>;

interface Gpu {
  readonly device: GPUDevice;
  readonly pool: WeightPool;
  readonly outputs: OutputPool;
  readonly isGpuOnly: boolean;
}

interface Opened {
  readonly session: Ort.InferenceSession;
  /** What is fed at every run beside the caller's tensors. */
  readonly weights: DeviceTensors;
  /** Weights that the session itself holds. @unit bytes */
  readonly heldBytes: number;
  /** Lets go of the session and of the weights that it shares. */
  readonly release: () => Promise<void>;
}

/** Weights are inputs, so that sessions can share them. */
async function openSharing(ort: OrtModule, gpu: Gpu, request: SessionRequest): Promise<Opened> {
  const { graph, weights: reader } = request;
  const weights = await gpu.pool.feedsOf(graph, reader);
  const model = encodeOnnx(graph, { weights: 'inputs' });
  const session = await ort.InferenceSession.create(model, sessionOptions(gpu, request)).catch((cause: unknown) => {
    gpu.pool.release(graph, reader);
    throw cause;
  });
  const release = async (): Promise<void> => {
    await session.release();
    gpu.pool.release(graph, reader);
  };
  return { session, weights, heldBytes: 0, release };
}

/** Weights are initializers, which the session packs for its kernels; our copies go when it is made. */
async function openHolding(ort: OrtModule, gpu: Gpu | null, request: SessionRequest): Promise<Opened> {
  const files = await readWeights(request.graph, request.weights);
  const ranges = new Map([...files].map(([source, { path, data }]) => [source, { path, offset: 0, length: data.byteLength }]));
  const model = encodeOnnx(request.graph, {
    weights: { external: (source) => present(ranges.get(source), `weight ${source} was not read`) },
  });
  const session = await ort.InferenceSession.create(model, { ...sessionOptions(gpu, request), externalData: [...files.values()] });
  const heldBytes = [...ranges.values()].reduce((sum, { length }) => sum + length, 0);
  return { session, weights: {}, heldBytes, release: () => session.release() };
}

interface WeightFile {
  readonly path: string;
  readonly data: Uint8Array;
}

async function readWeights(graph: Graph, reader: WeightReader): Promise<ReadonlyMap<string, WeightFile>> {
  const files = new Map<string, WeightFile>();
  for (const { source } of graph.weights) {
    if (files.has(source)) continue;
    const weight = await reader.read(source);
    // Keys hold characters that are none of a path's.
    files.set(source, { path: `weight-${String(files.size)}`, data: new Uint8Array(weight.buffer, weight.byteOffset, weight.byteLength) });
  }
  return files;
}

function sessionOptions(gpu: Gpu | null, { graph, keepOnDevice }: SessionRequest): Ort.InferenceSession.SessionOptions {
  const shared = { graphOptimizationLevel: 'all', logSeverityLevel: 3 } as const; // warnings about our own graphs are for tests, not for users' consoles
  if (!gpu) return { ...shared, executionProviders: ['wasm'] };
  const kept = new Set(keepOnDevice);
  const locations = graph.outputs.map(({ name }) => [name, kept.has(name) ? 'gpu-buffer' : 'cpu'] as const);
  return {
    ...shared,
    ...(gpu.isGpuOnly ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    executionProviders: [{ name: 'webgpu', device: gpu.device }],
    preferredOutputLocation: Object.fromEntries(locations),
  };
}
