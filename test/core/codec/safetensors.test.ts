import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/core/codec/byte-source.ts';
import { memorySource } from '../../../src/core/codec/byte-source.ts';
import { planSafetensors, writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { readSafetensorsHeader, readTensor, readTensorRows } from '../../../src/core/codec/safetensors.ts';
import { StudioError } from '../../../src/core/error.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { float32, tensor } from '../../../src/core/tensor/tensor.ts';

/** A file with the given header text and as many data bytes as told. */
function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** A source that notes the largest range asked of it. */
function watched(bytes: Uint8Array): { source: ByteSource; largest: () => number } {
  let largest = 0;
  const inner = memorySource('bad.safetensors', bytes);
  const slice = (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    largest = Math.max(largest, end - start);
    return inner.slice(start, end);
  };
  return { source: { ...inner, slice }, largest: () => largest };
}

const several: ReadonlyMap<string, Tensor> = new Map<string, Tensor>([
  ['flag', tensor('bool', [3], Uint8Array.of(1, 0, 1))],
  ['a.weight', float32([2, 3], [1, 2, 3, 4, 5, 6])],
  ['half', tensor('float16', [1], Uint16Array.of(0x3c00))],
  ['ids', tensor('int64', [], BigInt64Array.of(-5n))],
  ['nothing', float32([0, 7], [])],
]);

describe('writeSafetensors', () => {
  it('writes what readSafetensorsHeader and readTensor give back, each tensor aligned', async () => {
    const source = memorySource('x.safetensors', writeSafetensors(several, { format: 'pt', note: 'naïve' }));
    const header = await readSafetensorsHeader(source);
    expect(header.metadata).toEqual(
      new Map([
        ['format', 'pt'],
        ['note', 'naïve'],
      ]),
    );
    expect([...header.tensors.keys()].sort()).toEqual([...several.keys()].sort());
    for (const [name, info] of header.tensors) expect(await readTensor(source, info)).toEqual(several.get(name));
    expect(header.tensors.get('ids')?.start).toSatisfy((start: number) => start % 8 === 0);
  });
});

describe('planSafetensors', () => {
  it('lays out a file whose bytes can follow one after another', async () => {
    const plan = planSafetensors([
      { name: 'b', dtype: 'uint8', shape: [3] },
      { name: 'a', dtype: 'float32', shape: [2] },
    ]);
    const file = new Uint8Array(plan.byteLength);
    file.set(plan.header);
    for (const { start, end } of plan.tensors) file.fill(end - start, start, end);
    const source = memorySource('streamed', file);
    const { tensors } = await readSafetensorsHeader(source);
    expect([...tensors.values()]).toEqual(plan.tensors);
    expect((await readTensor(source, tensors.get('b') ?? expect.fail('no b'))).data).toEqual(Uint8Array.of(3, 3, 3));
  });

  it('refuses two tensors of one name', () => {
    const twice = { name: 'w', dtype: 'uint8', shape: [1] } as const;
    expect(() => planSafetensors([twice, twice])).toThrow(/second tensor named w/u);
  });
});

describe('readTensorRows', () => {
  it('reads rows in the middle and refuses rows that are not there', async () => {
    const source = memorySource('x', writeSafetensors(several));
    const info = (await readSafetensorsHeader(source)).tensors.get('a.weight') ?? expect.fail('no a.weight');
    expect(await readTensorRows(source, info, { start: 1, end: 2 })).toEqual(float32([1, 3], [4, 5, 6]));
    await expect(readTensorRows(source, info, { start: 1, end: 3 })).rejects.toThrow(/no rows 1–3/u);
  });
});

describe('readSafetensorsHeader', () => {
  const t = (dtype: unknown, shape: unknown, offsets: unknown): Record<string, unknown> => ({ dtype, shape, data_offsets: offsets });
  const length = (bytes: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(bytes, 0n).buffer);
  const big = 2 ** 53 - 1;
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /empty/u],
    ['a file within its length field', new Uint8Array(5), /5 bytes, fewer than the 8/u],
    ['a header of 2^60 bytes', length(2n ** 60n), /1152921504606846976 bytes, but the file ends within it \(16 bytes/u],
    ['a header of 2^64 - 1 bytes', length(2n ** 64n - 1n), /the file ends within it/u],
    ['a header that is no JSON', fileOf('{"a": '), /not JSON/u],
    [
      'a header that is no UTF-8',
      (() => {
        const file = fileOf('{"a":1}');
        file[10] = 0xff;
        return file;
      })(),
      /not JSON/u,
    ],
    ['a header that is a list', fileOf('[]'), /object in braces/u],
    ['an entry that is no object', fileOf({ w: 3 }), /tensor w: .*no object/u],
    ['an unknown type', fileOf({ w: t('F8_E4M3', [1], [0, 1]) }, 1), /tensor w: its type is "F8_E4M3"/u],
    ['a type that is a number', fileOf({ w: t(1, [1], [0, 1]) }, 1), /tensor w: its type is 1/u],
    ['a negative dimension', fileOf({ w: t('U8', [-1, -1], [0, 1]) }, 1), /tensor w: its shape/u],
    ['a broken dimension', fileOf({ w: t('U8', [0.5, 2], [0, 1]) }, 1), /tensor w: its shape/u],
    ['a shape that is no list', fileOf({ w: t('U8', { length: 1 }, [0, 1]) }, 1), /tensor w: its shape/u],
    [
      'a shape nested too deep to be shown',
      fileOf(`{"w":{"dtype":"U8","shape":${'['.repeat(2e5)}${']'.repeat(2e5)}}}`),
      /tensor w: its shape|not JSON/u,
    ],
    [
      'a shape of a thousand dimensions',
      fileOf({ w: t('U8', Array(1000).fill(1), [0, 1]) }, 1),
      /tensor w: its shape has 1000 dimensions/u,
    ],
    ['a shape whose product overflows', fileOf({ w: t('U8', [big, big, 4], [0, 4]) }, 4), /tensor w: .*more elements than can be counted/u],
    ['a shape whose product would wrap to its bytes', fileOf({ w: t('U8', [2 ** 32, 2 ** 32, 1], [0, 0]) }), /tensor w: .*more elements/u],
    [
      'a shape that needs other bytes',
      fileOf({ w: t('F32', [2, 2], [0, 8]) }, 8),
      /tensor w: float32 \[2, 2\] takes 16 bytes, its data_offsets span 8/u,
    ],
    ['one offset', fileOf({ w: t('U8', [1], [0]) }, 1), /tensor w: its data_offsets/u],
    ['offsets the wrong way', fileOf({ w: t('U8', [1], [1, 0]) }, 1), /tensor w: its data_offsets/u],
    ['offsets beyond the file', fileOf({ w: t('U8', [9], [0, 9]) }, 8), /tensor w: its bytes should end at \d+, but the file has only/u],
    ['offsets beyond all files', fileOf({ w: t('U8', [1], [1e300, 1e300]) }, 1), /tensor w: its data_offsets/u],
    [
      'overlapping tensors',
      fileOf({ v: t('U8', [3], [0, 3]), w: t('U8', [2], [2, 4]) }, 4),
      /tensor w: its bytes begin at .* within those of v/u,
    ],
    ['two tensors on one place', fileOf({ v: t('U8', [3], [0, 3]), w: t('U8', [3], [0, 3]) }, 3), /tensor w: its bytes begin/u],
    ['a gap', fileOf({ v: t('U8', [1], [0, 1]), w: t('U8', [1], [2, 3]) }, 3), /tensor w: 1 bytes before it, after v/u],
    ['bytes at the end', fileOf({ v: t('U8', [1], [0, 1]) }, 3), /accounts for \d+ bytes, the file has/u],
    [
      'a name twice',
      fileOf('{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0077" : {"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
      /w stands there twice/u,
    ],
    ['a shape twice', fileOf('{"w":{"dtype":"U8","shape":[2],"shape":[1],"data_offsets":[0,1]}}', 1), /shape stands there twice/u],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), /__metadata__\.a is no text/u],
  ];

  it.each(cases)('refuses %s by name before it reads more than the header', async (_, bytes, message) => {
    const { source, largest } = watched(bytes);
    const error: unknown = await readSafetensorsHeader(source).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StudioError);
    expect(error).toMatchObject({
      code: 'file-invalid',
      message: expect.stringMatching(message) as string,
      details: { file: expect.stringContaining('bad.safetensors') as string },
    });
    expect(largest()).toBeLessThanOrEqual(bytes.length);
  });

  it('refuses a header of a gigabyte, in a file that has it, after reading eight bytes', async () => {
    let asked = 0;
    const source: ByteSource = {
      name: 'huge.safetensors',
      byteLength: 3e9,
      slice: (start, end) => {
        asked += end - start;
        return Promise.resolve(new Uint8Array(BigUint64Array.of(2n ** 30n).buffer));
      },
    };
    await expect(readSafetensorsHeader(source)).rejects.toThrow(/header should have 1073741824 bytes, at most/u);
    expect(asked).toBe(8);
  });

  it('takes names that are special to JavaScript as plain names', async () => {
    const text =
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    expect([...(await readSafetensorsHeader(memorySource('x', fileOf(text, 2)))).tensors.keys()]).toEqual(['__proto__', 'constructor']);
  });
});

const edge = new URL('../../../../shared/reference/adapters-edge/', import.meta.url);
const broken = {
  truncated: /model\.language_model\..*cut short/u,
  'truncated-header': /the file ends within it/u,
  'absurd-header-length': /1152921504606846976 bytes/u,
  'header-not-json': /not JSON/u,
  'offsets-out-of-range': /tensor base_model\.model\.model\.language_model\.layers\.1\.self_attn\.v_proj\.lora_B\.weight/u,
  'shape-against-bytes': /tensor base_model\.model\.model\.language_model\.layers\.0\.self_attn\.q_proj\.lora_A\.weight/u,
  'empty-file': /empty/u,
};

describe.runIf(existsSync(edge))('files written and broken by the reference', () => {
  const sourceOf = (folder: string): ByteSource =>
    memorySource('adapter_model.safetensors', readFileSync(new URL(`${folder}/adapter_model.safetensors`, edge)));

  it.each(Object.entries(broken))('refuses %s', async (folder, message) => {
    await expect(readSafetensorsHeader(sourceOf(folder))).rejects.toMatchObject({
      code: 'file-invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('reads a good one', async () => {
    const { tensors } = await readSafetensorsHeader(sourceOf('small'));
    expect(tensors.size).toBe(8);
  });
});
