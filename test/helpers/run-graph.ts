/** @file Runs a graph with onnxruntime-node, the oracle of the tests. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeOnnx } from '../../src/core/codec/onnx.ts';
import { StudioError } from '../../src/core/error.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { float32, int32, tensor, type Tensor } from '../../src/core/tensor/tensor.ts';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A graph in a session. */
export interface OpenGraph {
  run(feeds: Tensors): Promise<Tensors>;
}

/** Opens a session; weights are fed like inputs, under their sources. */
export async function openGraph(graph: Graph): Promise<OpenGraph> {
  const session = await InferenceSession.create(encodeOnnx(graph, { weights: 'inputs' }), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const sources = new Map([
    ...graph.inputs.map((value) => [value, value.name] as const),
    ...graph.weights.map(({ value, source }) => [value, source] as const),
  ]);
  return {
    run: async (feeds) => {
      const given = [...sources].map(([value, source]) => {
        const fed = feeds[source];
        if (!fed) throw new StudioError('internal', `${graph.name} wants ${source}, got ${Object.keys(feeds).join(', ')}`);
        return [value.name, new OrtTensor(value.dtype as 'float32', fed.data as Float32Array, value.shape as number[])] as const;
      });
      const results = await session.run(Object.fromEntries(given));
      return Object.fromEntries(graph.outputs.map(({ name }) => [name, fromOrt(results[name] as OrtTensor)]));
    },
  };
}

/** Runs a graph once. */
export async function runGraph(graph: Graph, feeds: Tensors): Promise<Tensors> {
  return (await openGraph(graph)).run(feeds);
}

/** Gives a result's numbers. */
export function numbersOf(results: Tensors, name: string): Float32Array {
  const found = results[name];
  if (found?.dtype !== 'float32') throw new StudioError('internal', `${name} is ${found?.dtype ?? 'missing'}, expected float32`);
  return found.data as Float32Array;
}

function fromOrt(result: OrtTensor): Tensor {
  const shape = [...result.dims];
  if (result.type === 'float32') return float32(shape, result.data as Float32Array);
  if (result.type === 'int32') return int32(shape, result.data as Int32Array);
  if (result.type === 'int64') return tensor('int64', shape, result.data as BigInt64Array);
  if (result.type === 'bool') return tensor('bool', shape, result.data as Uint8Array);
  throw new StudioError('internal', `a result of type ${result.type} is not read here`);
}
