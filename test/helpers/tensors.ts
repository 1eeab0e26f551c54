/** @file The tensors of a safetensors file as tests want them, in Node and in the browser. */
import type { ByteSource } from '../../src/core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor } from '../../src/core/codec/safetensors.ts';
import { present } from '../../src/core/error.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';

/** The tensors of one file by name. */
export interface TensorFile {
  names(): readonly string[];
  /** A float32 tensor's values. */
  floats(name: string): Float32Array;
  /** An integer tensor's values as rows of its last dimension. */
  rows(name: string): number[][];
}

/** Reads all tensors of a source. */
export async function readTensors(source: ByteSource): Promise<TensorFile> {
  const { tensors } = await readSafetensorsHeader(source);
  const read = new Map<string, Tensor>();
  for (const [name, info] of tensors) read.set(name, await readTensor(source, info));
  const tensorOf = (name: string): Tensor => present(read.get(name), `${source.name} has no ${name}`);
  return {
    names: () => [...read.keys()],
    floats: (name) => Float32Array.from(tensorOf(name).data, Number),
    rows: (name) => {
      const { data, shape } = tensorOf(name);
      const width = shape.at(-1) ?? 1;
      const values = Array.from(data, Number);
      return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
    },
  };
}
