/** @file Reads a whole safetensors file for a test. */
import { readFileSync } from 'node:fs';
import { memorySource } from '../../src/core/codec/byte-source.ts';
import { readTensors, type TensorFile } from './tensors.ts';

export type { TensorFile };

export function readTensorFile(path: string): Promise<TensorFile> {
  return readTensors(memorySource(path, readFileSync(path)));
}
