/** @file Weights in pieces against the same weights whole. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { weightKey } from '../../src/core/nn/weights.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { weightStore, type WeightStore } from '../../src/engine/bundle/weight-store.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import type { Precision } from '../../src/engine/convert/precision.ts';

const checkpoint = folderFiles(join(import.meta.dirname, '../fixtures/reference/llava15-vicuna/checkpoint'));
const query = 'model.language_model.layers.0.self_attn.q_proj.weight';
const norm = 'model.language_model.norm.weight';

async function store(precision: Precision): Promise<WeightStore> {
  const memory = memoryFiles(precision);
  await convertCheckpoint(checkpoint, memory.sink, { precision, name: precision, source: 'test', licence: 'test' });
  return weightStore(await openBundle(memory.files), 'stored');
}

async function joined(pieces: AsyncIterable<Float32Array | Uint8Array> | null | undefined): Promise<readonly number[]> {
  const all: number[] = [];
  for await (const piece of pieces ?? []) all.push(...piece);
  return all;
}

describe('stream', () => {
  it.each([
    ['fp32', norm],
    ['fp16', norm],
    ['fp16', query],
    ['q8', weightKey(query, 'packed')],
    ['q4', weightKey(query, 'packed')],
    ['q4', weightKey(query, 'scales')],
  ] as const)('gives of a %s bundle what read gives of %s', async (precision, key) => {
    const weights = await store(precision);
    expect(await joined(weights.stream?.(key))).toEqual([...(await weights.read(key))]);
  });

  it.each([
    ['fp16', weightKey(query, 'transposed')],
    ['q4', query],
  ] as const)('gives none of a %s bundle for %s, which is made whole', async (precision, key) => {
    expect((await store(precision)).stream?.(key)).toBeNull();
  });
});
