/** @file The reference checkpoints that parity is held to: REFERENCE_DIR, or the small copies among the fixtures. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import type { Precision } from '../../src/engine/convert/precision.ts';
import { openModel, type OpenModel } from '../../src/engine/model.ts';
import type { ComputePolicy } from '../../src/engine/runtime.ts';
import { readTensorFile, type TensorFile } from '../helpers/tensor-file.ts';

export const referenceFolder = process.env['REFERENCE_DIR'] ?? join(import.meta.dirname, '../fixtures/reference');

/** One photo of a reference. */
export interface ReferencePhoto {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly prompt: string;
  readonly tiles: number;
}

/** One checkpoint with what it must give. */
export interface Reference {
  readonly name: string;
  readonly folder: string;
  readonly photos: readonly (readonly [key: string, photo: ReferencePhoto])[];
  readonly greedyTokens: number;
  readonly tensors: () => Promise<TensorFile>;
}

/** Lists the folders that hold a checkpoint with weights and expectations. */
export function references(): readonly Reference[] {
  return readdirSync(referenceFolder)
    .map((name) => ({ name, folder: join(referenceFolder, name) }))
    .filter(({ folder }) => existsSync(join(folder, 'expected.json')) && existsSync(join(folder, 'checkpoint/preprocessor_config.json')))
    .map(({ name, folder }) => {
      const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
        readonly photos: Readonly<Record<string, ReferencePhoto>>;
        readonly generation: { readonly greedy: { readonly max_new_tokens: number } };
      };
      return {
        name,
        folder,
        photos: Object.entries(expected.photos),
        greedyTokens: expected.generation.greedy.max_new_tokens,
        tensors: () => readTensorFile(join(folder, 'expected.safetensors')),
      };
    });
}

/** Converts a reference's checkpoint in memory and opens it. */
export async function openReference(reference: Reference, precision: Precision, policy?: ComputePolicy): Promise<OpenModel> {
  const memory = memoryFiles(reference.name);
  const options = { precision, name: `${reference.name}-${precision}`, source: 'test', licence: 'test' };
  await convertCheckpoint(folderFiles(join(reference.folder, 'checkpoint')), memory.sink, options);
  return openModel(openNodeRuntime({ threads: 1 }), await openBundle(memory.files), policy ? { policy } : {});
}

/** Tells by how much numbers miss their reference at most, in multiples of rtol · |expected| + atol; up to 1 is within. */
export function worstMiss(got: ArrayLike<number>, wanted: ArrayLike<number>, { rtol, atol }: { rtol: number; atol: number }): number {
  expect(got.length).toBe(wanted.length);
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [got[i] ?? NaN, wanted[i] ?? NaN];
    const miss = Math.abs(a - b) / (rtol * Math.abs(b) + atol);
    worst = Number.isNaN(miss) ? Infinity : Math.max(worst, miss);
  }
  return worst;
}

/** The tolerances of the reference's README. */
export const tolerance = { features: { rtol: 1e-4, atol: 2e-5 }, logits: { rtol: 1e-4, atol: 1e-4 } } as const;
