import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSet } from '../../../src/core/codec/byte-source.ts';
import { memorySource } from '../../../src/core/codec/byte-source.ts';
import { openSafetensors, readStored, readStoredRows } from '../../../src/core/codec/checkpoint-tensors.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';

function folder(files: Readonly<Record<string, Uint8Array | object>>): FileSet {
  const bytes = new Map(
    Object.entries(files).map(([path, file]) => [path, file instanceof Uint8Array ? file : new TextEncoder().encode(JSON.stringify(file))]),
  );
  return {
    name: 'checkpoint',
    list: () => Promise.resolve([...bytes.keys()].sort()),
    open: (path) => {
      const found = bytes.get(path);
      return Promise.resolve(found === undefined ? null : memorySource(path, found));
    },
  };
}

const first = writeSafetensors(new Map([['a', float32([2], [1, 2])]]), { format: 'pt' });
const second = writeSafetensors(new Map([['b', float32([2, 1], [3, 4])]]));
const index = (map: unknown): object => ({ metadata: { total_size: 16 }, weight_map: map });
const indexName = 'model.safetensors.index.json';

describe('openSafetensors', () => {
  it('gives one map over shards', async () => {
    const { tensors, metadata } = await openSafetensors(
      folder({ 's-1.safetensors': first, 's-2.safetensors': second, [indexName]: index({ a: 's-1.safetensors', b: 's-2.safetensors' }) }),
    );
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(metadata.get('format')).toBe('pt');
    const b = tensors.get('b') ?? expect.fail('no b');
    expect(await readStored(b)).toEqual(float32([2, 1], [3, 4]));
    expect(await readStoredRows(b, { start: 1, end: 2 })).toEqual(float32([1, 1], [4]));
  });

  it('takes a single file first, under any base name', async () => {
    expect([...(await openSafetensors(folder({ 'model.safetensors': first, [indexName]: index({}) }))).tensors.keys()]).toEqual(['a']);
    expect([...(await openSafetensors(folder({ 'adapter_model.safetensors': second }), 'adapter_model')).tensors.keys()]).toEqual(['b']);
  });

  it('takes a tensor that the index forgets', async () => {
    const two = writeSafetensors(
      new Map([
        ['a', float32([1], [1])],
        ['forgotten', float32([1], [2])],
      ]),
    );
    const { tensors } = await openSafetensors(folder({ 's.safetensors': two, [indexName]: index({ a: 's.safetensors' }) }));
    expect(tensors.has('forgotten')).toBe(true);
  });

  const shards = { 's-1.safetensors': first, 's-2.safetensors': second };
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${String(i)}`, `s-${String(i)}.safetensors`]));
  const refused: [string, Record<string, Uint8Array | object>, string, RegExp][] = [
    ['no weights', { 'pytorch_model.bin': first }, 'file-missing', /neither model\.safetensors nor/u],
    ['a shard that is not there', { ...shards, [indexName]: index({ a: 's-3.safetensors' }) }, 'file-missing', /s-3\.safetensors/u],
    ['an index without a map', { ...shards, [indexName]: {} }, 'file-invalid', /weight_map is no object/u],
    ['an empty map', { ...shards, [indexName]: index({}) }, 'file-invalid', /names no tensor/u],
    [
      'a tensor that its shard lacks',
      { ...shards, [indexName]: index({ a: 's-1.safetensors', z: 's-1.safetensors' }) },
      'file-invalid',
      /tensor z should lie in s-1/u,
    ],
    [
      'a tensor in another shard',
      { ...shards, [indexName]: index({ a: 's-2.safetensors', b: 's-1.safetensors' }) },
      'file-invalid',
      /tensor b lies in s-2\.safetensors, by the index in s-1|tensor a lies in s-1\.safetensors, by the index in s-2/u,
    ],
    [
      'a tensor in two files',
      { x: first, 'x.safetensors': first, ...shards, [indexName]: index({ a: 's-1.safetensors', b: 'x.safetensors' }) },
      'file-invalid',
      /tensor a lies in x\.safetensors, by the index in s-1/u,
    ],
    [
      'a way out of the folder',
      { ...shards, [indexName]: index({ a: '../../etc/s.safetensors' }) },
      'file-invalid',
      /tensor a should lie in "\.\.\/\.\.\/etc/u,
    ],
    ['an absolute path', { ...shards, [indexName]: index({ a: '/s.safetensors' }) }, 'file-invalid', /no safetensors file of this folder/u],
    [
      'an address',
      { ...shards, [indexName]: index({ a: 'https://x/s.safetensors' }) },
      'file-invalid',
      /no safetensors file of this folder/u,
    ],
    ['a number for a path', { ...shards, [indexName]: index({ a: 7 }) }, 'file-invalid', /should lie in 7/u],
    ['thousands of shards', { ...shards, [indexName]: index(many) }, 'file-invalid', /names 2000 files, at most 1024/u],
    ['an index of 17 MiB', { ...shards, [indexName]: new Uint8Array(17 * 2 ** 20) }, 'file-invalid', /at most 16777216 are read/u],
  ];

  it.each(refused)('refuses %s', async (_, files, code, message) => {
    await expect(openSafetensors(folder(files))).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

const sharded = new URL('../../../../shared/reference/llava15-bf16-sharded/checkpoint/', import.meta.url);

describe.runIf(existsSync(sharded))('a sharded checkpoint of the reference', () => {
  it('opens with all of its tensors', async () => {
    const files = Object.fromEntries(readdirSync(sharded).map((name) => [name, readFileSync(new URL(name, sharded))]));
    const { tensors } = await openSafetensors(folder(files));
    expect(tensors.size).toBe(80);
    expect(new Set([...tensors.values()].map(({ info }) => info.dtype))).toEqual(new Set(['bfloat16']));
  });
});
