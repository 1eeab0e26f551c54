/** @file Adapters whose files are no adapters: each is refused with its place, and none is taken for nothing. */

import { describe, expect, it } from 'vitest';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { float32, tensor, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { takeAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { zipFiles, zipFileSet } from '../../../src/engine/adapter/zip.ts';

const json = (value: object): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));

function folderOf(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): FileSet {
  return {
    name: 'style',
    list: () => Promise.resolve(Object.keys(files)),
    open: (path) => {
      const bytes = files[path];
      return Promise.resolve(bytes ? memorySource(`style/${path}`, bytes) : null);
    },
  };
}

const config = { peft_type: 'PROMPT_TUNING', num_virtual_tokens: 2, token_dim: 4 };
const peft = (rows: Tensor): FileSet =>
  folderOf({
    'adapter_config.json': json(config),
    'adapter_model.safetensors': writeSafetensors(new Map([['prompt_embeddings', rows]])),
  });

const own = (spec: object, tensors: Readonly<Record<string, Tensor>>): FileSet =>
  folderOf({
    'caption-studio.json': json({ formatVersion: 1, name: 'mine', placement: 'prompt', spec, base: {}, card: {} }),
    'caption-studio.safetensors': writeSafetensors(new Map(Object.entries(tensors))),
  });

const take = async (files: FileSet): Promise<unknown> => takeAdapter(await readAdapterFolder(files));
const rows = (shape: readonly number[]): Tensor<'float32'> => float32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5));

describe('an adapter with', () => {
  it.each([
    ['NaN', float32([2, 4], new Float32Array([0, 0, 0, Number.NaN, 0, 0, 0, 0])), 'holds NaN at 3'],
    ['an infinite number', float32([2, 4], new Float32Array(8).fill(Number.NEGATIVE_INFINITY)), 'holds -Infinity at 0'],
    ['whole numbers', tensor('int32', [2, 4], new Int32Array(8)), 'its type is int32'],
  ])('%s is refused with file and tensor', async (_, learned, reason) => {
    await expect(take(peft(learned))).rejects.toMatchObject({
      code: 'file-invalid',
      message: expect.stringContaining(`style/adapter_model.safetensors, tensor prompt_embeddings: ${reason}`) as string,
    });
  });
});

describe('a large adapter', () => {
  it('is refused by its header where it would take more than can be held, before its numbers are read', async () => {
    const files = peft(rows([2, 4]));
    await expect(readAdapterFolder(files, { learnedBytes: 31 })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringContaining('merge it into the model on the command line') as string,
      details: { bytes: 32, learnedBytes: 31 },
    });
    expect((await readAdapterFolder(files, { learnedBytes: 32 })).tensors.size).toBe(1);
  });

  it('is read from a zip whatever lies beside it, and what would unpack to too much is named with a way out', async () => {
    const inside = peft(rows([2, 4]));
    const bytesOf = async (path: string): Promise<Uint8Array> => {
      const file = await inside.open(path);
      return (await file?.slice(0, file.byteLength)) ?? new Uint8Array();
    };
    const paths = [...(await inside.list()), 'optimizer.pt'];
    const files = new Map(await Promise.all(paths.map(async (path) => [path, await bytesOf(path)] as const)));
    const zip = withLargeLast(Buffer.concat(await zipFiles(files)));
    const opened = await zipFileSet(memorySource('large.zip', zip));
    const folder = await readAdapterFolder(opened);
    expect([folder.tensors.size, takeAdapter(folder).name]).toEqual([1, 'large']);
    const late = await opened.open('optimizer.pt'); // whoever only looks whether it is there unpacks nothing
    expect(late?.byteLength).toBe(3e9);
    await expect(late?.slice(0, 1)).rejects.toThrow(
      'large.zip, optimizer.pt: unpacks to 3.0 GB, and 2 GB can be unpacked in memory; unpack it and bring in the folder',
    );
  });
});

/** Has the last member of a zip say that it unpacks from twenty megabytes to three gigabytes. */
function withLargeLast(zip: Buffer): Uint8Array {
  const packedBytes = 20e6;
  const at = zip.readUInt32LE(zip.length - 6); // where the directory begins
  const directory = Buffer.from(zip.subarray(at));
  const row = directory.lastIndexOf('PK\u0001\u0002');
  directory.writeUInt16LE(8, row + 10); // deflated
  directory.writeUInt32LE(packedBytes, row + 20);
  directory.writeUInt32LE(3e9, row + 24);
  directory.writeUInt32LE(at + packedBytes, directory.length - 6);
  return new Uint8Array(Buffer.concat([zip.subarray(0, at), Buffer.alloc(packedBytes), directory])); // slices of a Buffer are no copies
}

describe('our own form', () => {
  it.each([
    ['whole weights that are not there', own({ kind: 'weights' }, { foo: rows([2]) }), 'tells whole weights, but none of its 1 tensors'],
    ['whole weights without a tensor', own({ kind: 'weights' }, {}), 'tells whole weights, but it holds no tensors'],
    ['a soft prompt without rows', own({ kind: 'prompt', tokens: 2 }, { foo: rows([2]) }), 'there is no tensor prompt_embeddings'],
    [
      'another number of tokens',
      own({ kind: 'prompt', tokens: 9 }, { prompt_embeddings: rows([2, 4]) }),
      'is [2, 4], its description tells 9',
    ],
    ['less than no tokens', own({ kind: 'prompt', tokens: -3 }, { prompt_embeddings: rows([2, 4]) }), 'spec.tokens is -3'],
  ])('refuses %s', async (_, files, reason) => {
    await expect(take(files)).rejects.toThrow(reason);
  });

  it('takes a soft prompt, and no start of other sizes', async () => {
    const spec = { kind: 'prompt', tokens: 2 };
    const sound = { prompt_embeddings: rows([2, 4]), start: rows([2, 4]) };
    expect(await take(own(spec, sound))).toMatchObject({ spec, start: { shape: [2, 4] } });
    expect(await take(own(spec, { ...sound, start: rows([1, 7]) }))).toMatchObject({ spec, start: null });
  });
});
