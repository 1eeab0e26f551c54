/** @file What the engine needs of a host: sessions for its graphs, and tensors that live where the sessions compute. */

import type { Tensor as OrtTensor } from 'onnxruntime-common';
import type { Graph } from '../core/graph/graph.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** A tensor where a session computes: a GPU buffer or memory of the host. Dispose of it when it is no longer fed. */
export type DeviceTensor = OrtTensor;

/** Values by name, as sessions take and give them. */
export type DeviceTensors = Readonly<Record<string, DeviceTensor>>;

/** A graph that is ready to run. */
export interface Session {
  /** Runs the graph; every input must be fed. */
  run(feeds: DeviceTensors): Promise<DeviceTensors>;
  close(): Promise<void>;
}

/** A range of a file of this machine that holds a weight as it is, little-endian and row-major. */
export interface FileRange {
  readonly filePath: string;
  /** @unit bytes */
  readonly offset: number;
  /** @unit bytes */
  readonly byteLength: number;
  /** Its type in the file; where graphs want float32, half floats must be widened. */
  readonly dtype: 'uint8' | 'float16' | 'float32';
  /** Whether the file has the matrix as [N, K] where the key asks for [K, N]. */
  readonly isTransposed: boolean;
}

/** Reads weights by the keys of `weightKey`. */
export interface WeightReader {
  /** Which copy of the weights this is; two readers with one id give the same bytes. */
  readonly id: string;
  /** Gives float32 or packed bytes, in the form that the key names. */
  read(key: string): Promise<Float32Array | Uint8Array>;
  /** Tells where a weight can be mapped from instead of being read; null where no file holds it so. Whoever changes `read` must leave this out. */
  readonly locate?: (key: string) => FileRange | null;
  /** Gives what `read` gives in pieces of whole words, so that a large weight need not be in memory at once; null where it must be. A piece is valid until the next is asked for. */
  readonly stream?: (key: string) => AsyncIterable<Float32Array | Uint8Array> | null;
}

/** What a session is made from. */
export interface SessionRequest {
  readonly graph: Graph;
  readonly weights: WeightReader;
  /** Outputs that stay on the device, because they are fed again. */
  readonly keepOnDevice?: readonly string[];
  /** Whether other sessions use the same weights; then they are uploaded once where the device can share them. */
  readonly sharesWeights?: boolean;
}

/** How a host holds matrices that a bundle stores in blocks of 4 or 8 bits. */
export type ComputePolicy = 'float32' | 'stored';

/** Where a model runs: onnxruntime in Node, in wasm, or on a GPU. */
export interface Runtime {
  readonly backend: 'node' | 'wasm' | 'webgpu';
  /** Opens a session; the weights of graphs that share them are held once. */
  createSession(request: SessionRequest): Promise<Session>;
  /** Wraps a tensor of the host for feeding. */
  upload(tensor: Tensor): DeviceTensor;
  /** Puts a tensor where sessions compute, for feeding many times without carrying it over at each. */
  place(tensor: Tensor): Promise<DeviceTensor>;
  /** Brings a tensor's numbers to the host. */
  download(tensor: DeviceTensor): Promise<Float32Array>;
  /** Bytes of weights held now. @unit bytes */
  weightBytes(): number;
  /** Frees all weights; sessions must be closed before. */
  close(): Promise<void>;
}

/**
 * Chooses in what form matrices are computed: small models run faster on floats than on 4 bits where there is no fast integer
 * kernel for single rows (measured in docs/performance.md), large ones do not fit.
 */
export function choosePolicy(backend: Runtime['backend'], float32Bytes: number): ComputePolicy {
  const smallModelBytes = 400e6;
  return backend !== 'webgpu' && float32Bytes <= smallModelBytes ? 'float32' : 'stored';
}
