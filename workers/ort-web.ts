/** @file Runs graphs by onnxruntime in the browser: on a GPU through a device of ours, or on the processor by wasm. */

import type * as Ort from 'onnxruntime-web';
import { encodeOnnx } from '../src/core/codec/onnx.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { present, StudioError } from '../src/core/error.ts';
import type { Tensor } from '../src/core/tensor/tensor.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session, SessionRequest, WeightReader } from '../src/engine/runtime.ts';
import type { Backend } from './api.ts';
import { openDevice, wasmThreads } from './device.ts';
import { deviceLost, runtimeError } from './ort-errors.ts';
import { loadRuntime, webgpuBuild, type Runtime as OrtModule } from './ort-runtime.ts';
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
  const gpu = device && { device, pool: makeWeightPool(ort, device), isGpuOnly };
  const gate = openGate(device);
  let heldBytes = 0;
  return {
    backend,
    createSession: (request) =>
      gate.pass(`opening ${request.graph.name}`, async (): Promise<Session> => {
        const opened = gpu && request.sharesWeights === true ? await openSharing(ort, gpu, request) : await openHolding(ort, gpu, request);
        heldBytes += opened.heldBytes;
        return {
          run: (feeds) => gate.pass(`running ${request.graph.name}`, () => runSession(opened, feeds)),
          close: async () => {
            heldBytes -= opened.heldBytes;
            // On a lost device there is nothing left to free.
            if (gate.isLost()) return;
            await gate.pass(`closing ${request.graph.name}`, () => opened.session.release());
            if (opened.isSharing) gpu?.pool.release(request.graph, request.weights);
          },
        };
      }),
    upload: (tensor) => hostTensor(ort, tensor),
    place: (tensor) => (gpu ? gate.pass('placing a tensor', () => gpu.pool.place(tensor)) : Promise.resolve(hostTensor(ort, tensor))),
    download: (tensor) => gate.pass('reading a result', async () => (await tensor.getData()) as Float32Array),
    weightBytes: () => heldBytes + (gpu?.pool.byteLength() ?? 0),
    close: async () => {
      await gate.close();
      gpu?.pool.destroy();
      device?.destroy();
    },
  };
}

/** The casts only pick one of the pairs of type and array that the runtime takes. */
function hostTensor(ort: OrtModule, { dtype, shape, data }: Tensor): DeviceTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

async function runSession({ session, weights }: Opened, feeds: DeviceTensors): Promise<DeviceTensors> {
  const outputs = (await session.run({ ...feeds, ...weights })) as DeviceTensors;
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

interface Gpu {
  readonly device: GPUDevice;
  readonly pool: WeightPool;
  readonly isGpuOnly: boolean;
}

interface Opened {
  readonly session: Ort.InferenceSession;
  /** What is fed at every run beside the caller's tensors. */
  readonly weights: DeviceTensors;
  /** Weights that the session itself holds. @unit bytes */
  readonly heldBytes: number;
  /** Whether its weights lie in the pool. */
  readonly isSharing: boolean;
}

/** Weights are inputs, so that sessions can share them. */
async function openSharing(ort: OrtModule, gpu: Gpu, request: SessionRequest): Promise<Opened> {
  const weights = await gpu.pool.feedsOf(request.graph, request.weights);
  const session = await ort.InferenceSession.create(encodeOnnx(request.graph, { weights: 'inputs' }), sessionOptions(gpu, request));
  return { session, weights, heldBytes: 0, isSharing: true };
}

/** Weights are initializers, which the session packs for its kernels; our copies go when it is made. */
async function openHolding(ort: OrtModule, gpu: Gpu | null, request: SessionRequest): Promise<Opened> {
  const files = await readWeights(request.graph, request.weights);
  const ranges = new Map([...files].map(([source, { path, data }]) => [source, { path, offset: 0, length: data.byteLength }]));
  const model = encodeOnnx(request.graph, {
    weights: { external: (source) => present(ranges.get(source), `weight ${source} was not read`) },
  });
  const session = await ort.InferenceSession.create(model, { ...sessionOptions(gpu, request), externalData: [...files.values()] });
  return { session, weights: {}, heldBytes: [...ranges.values()].reduce((sum, { length }) => sum + length, 0), isSharing: false };
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

/** Reading a buffer fails a moment before the device tells that it is gone. @unit ms */
const lossDelayMs = 100;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets one call at a time through to the runtime, which must not be entered twice, and none after the device is lost. */
interface Gate {
  pass<T>(doing: string, work: () => Promise<T>): Promise<T>;
  isLost(): boolean;
  /** Waits for what runs; from then on a device that goes away is no loss. */
  close(): Promise<void>;
}

function openGate(device: GPUDevice | null): Gate {
  let lost: StudioError | null = null;
  const lossNow = (): StudioError | null => lost; // the compiler takes what it read once for what it is still
  let isClosing = false;
  let last: Promise<unknown> = Promise.resolve();
  const loss = new Promise<never>((_, reject) => {
    void device?.lost.then(({ message }) => {
      if (isClosing) return;
      lost = deviceLost(message);
      reject(lost);
    });
  });
  loss.catch(() => undefined); // whoever computes hears of it
  return {
    isLost: () => lost !== null,
    pass: (doing, work) => {
      const guarded = async (): Promise<Awaited<ReturnType<typeof work>>> => {
        if (lost) throw lost;
        try {
          return await Promise.race([work(), loss]);
        } catch (cause) {
          if (device) await Promise.race([loss.catch(() => undefined), pause(lossDelayMs)]);
          throw lossNow() ?? runtimeError(doing, cause);
        }
      };
      const result = last.then(guarded);
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await last;
      isClosing = true;
    },
  };
}
