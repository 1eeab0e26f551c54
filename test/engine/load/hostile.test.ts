/** @file Sources that lie: manifests, indexes, configs and hubs whose bytes are chosen to break the reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../models/bundle.ts';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { openSafetensors } from '../../../src/core/codec/checkpoint-tensors.ts';
import { StudioError } from '../../../src/core/error.ts';
import { openHub, parseHubId } from '../../../src/engine/load/hub.ts';
import type { Http } from '../../../src/engine/load/http.ts';
import { openSource } from '../../../src/engine/load/survey.ts';

const fixture = join(import.meta.dirname, '../../fixtures/reference/llava15-bf16-sharded/checkpoint');
const shardNames = [1, 2, 3].map((i) => `model-0000${String(i)}-of-00003.safetensors`);
const indexName = 'model.safetensors.index.json';
const good = new Map(
  ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json', indexName, ...shardNames].map((name) => [
    name,
    new Uint8Array(readFileSync(join(fixture, name))),
  ]),
);

/** A folder in memory that counts how many bytes are read of it. */
function folder(files: ReadonlyMap<string, Uint8Array>): FileSet & { readonly readBytes: () => number } {
  let read = 0;
  return {
    name: 'hostile',
    readBytes: () => read,
    list: () => Promise.resolve([...files.keys()].sort()),
    open: (path) => {
      const bytes = files.get(path);
      if (!bytes) return Promise.resolve(null);
      const source = memorySource(path, bytes);
      return Promise.resolve({
        ...source,
        slice: (start: number, end: number) => {
          read += end - start;
          return source.slice(start, end);
        },
      });
    },
  };
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

async function refusalOf(work: Promise<unknown>): Promise<StudioError> {
  const error: unknown = await work.then(() => null).catch((caught: unknown) => caught);
  if (!(error instanceof StudioError)) return expect.fail(`no refusal in words: ${String(error)}`);
  expect(error.code).not.toBe('internal');
  return error;
}

/** A header of one tensor in front of so many bytes of data. */
function safetensors(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

describe('a manifest', () => {
  const manifest = {
    ...{ formatVersion: 1, name: 'n', family: 'llava', precision: 'q8', licence: 'l', source: 's', config: {} },
    shards: [{ path: 'w.bin', sizeBytes: 64, sha256: '0'.repeat(64) }],
    files: [{ path: 'README.md', sizeBytes: 1, sha256: '0'.repeat(64) }],
    tensors: [{ name: 't', shape: [4, 4], format: { kind: 'float32' }, shard: 0, offset: 0, byteLength: 64 }],
  };

  it('is refused in words, or promises only what lies in its shards, whatever stands in it', () => {
    const paths: readonly (readonly string[])[] = [
      ['formatVersion'],
      ['shards'],
      ['shards', '0', 'path'],
      ['shards', '0', 'sizeBytes'],
      ['shards', '0', 'sha256'],
      ['files', '0', 'path'],
      ['tensors', '0', 'shape'],
      ['tensors', '0', 'shape', '0'],
      ['tensors', '0', 'format'],
      ['tensors', '0', 'shard'],
      ['tensors', '0', 'offset'],
      ['tensors', '0', 'byteLength'],
      ['config'],
    ];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.maxSafeInteger(),
      fc.constantFrom('../up', '/root', 'a/../../b', '.', './a', 'a/.', 'a//b', '', -1, 2 ** 53, 1e308, null),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), value, (path, put) => {
        const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
        let place = copy;
        for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
        place[path.at(-1) ?? ''] = put;
        try {
          const read = readManifest(copy, 'm');
          for (const { shard, offset, byteLength } of read.tensors)
            expect(offset + byteLength).toBeLessThanOrEqual(read.shards[shard]?.sizeBytes ?? -1);
          for (const { path: name } of [...read.shards, ...read.files]) expect(name).not.toMatch(/^$|^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)/);
        } catch (error) {
          if (!(error instanceof StudioError)) throw error;
          expect(error.code).toBe('file-invalid');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it.each(['.', '..', './w.bin', 'a/.', 'a/./b', 'a//b', 'a/', '/a', ''])('names no file by the path "%s"', (path) => {
    const [file] = manifest.files;
    for (const part of ['files', 'shards'] as const)
      expect(() => readManifest({ ...manifest, [part]: [{ ...file, sizeBytes: 64, path }] }, 'm')).toThrow(`${part} are not well formed`);
  });
});

describe('a checkpoint', () => {
  it('with any one file damaged is refused in words, or is still one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good.keys()), fc.nat(), fc.nat({ max: 255 }), fc.boolean(), async (name, at, byte, isCut) => {
        const bytes = (good.get(name) ?? new Uint8Array()).slice();
        // The header of a shard is what lies; its weights may be any numbers.
        const reach = Math.min(bytes.length, 2000);
        bytes[at % reach] = byte;
        const files = new Map([...good, [name, isCut ? bytes.slice(0, at % bytes.length) : bytes] as const]);
        await openSource(folder(files)).catch((error: unknown) => {
          if (!(error instanceof StudioError)) throw error;
          expect(error.code).not.toBe('internal');
        });
      }),
      { numRuns: 300 },
    );
  });

  const zeros = 16;
  const entry = (fields: object): string => JSON.stringify({ t: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...fields } });
  it.each([
    ['a header that claims gigabytes', Uint8Array.of(0, 0, 0, 64, 1, 0, 0, 0, 123), /header should have/],
    ['a header that claims more than any number', new Uint8Array(9).fill(255), /header should have/],
    ['a shape whose product overflows', safetensors(entry({ shape: [2 ** 31, 2 ** 31, 2 ** 31] }), zeros), /\bt\b.*(elements|takes)/],
    ['a type that is none', safetensors(entry({ dtype: 'Q9' }), zeros), /\bt\b.*Q9/],
    ['an end beyond the file', safetensors(entry({ data_offsets: [0, 2 ** 40] }), zeros), /\bt\b.*end/],
    [
      'two tensors over each other',
      safetensors('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}', zeros),
      /tensor b.*within those of a/,
    ],
    [
      'one name twice',
      safetensors('{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', zeros),
      /twice/,
    ],
  ])('with %s is refused by file and tensor, having read next to nothing', async (_, file, message) => {
    const files = folder(new Map([['model.safetensors', file]]));
    const error = await refusalOf(openSafetensors(files));
    expect(error.message).toMatch(message);
    expect(error.message).toContain('model.safetensors');
    expect(files.readBytes()).toBeLessThanOrEqual(file.length + 8);
  });

  it('of whole numbers where floats are needed is refused by name before any weight is read', async () => {
    const shard = good.get(shardNames[0] ?? '') ?? new Uint8Array();
    const length = Number(new DataView(shard.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(shard.subarray(8, 8 + length));
    const lying = shard.slice();
    lying.set(new TextEncoder().encode(header.replace('"BF16"', '"I16" ').padEnd(length)), 8);
    const error = await refusalOf(openSource(folder(new Map([...good, [shardNames[0] ?? '', lying]]))));
    expect(error.message).toMatch(/int16/);
    expect(error.details['tensor']).toBeTypeOf('string');
  });

  it('with an index like a bomb is refused before a shard is opened', async () => {
    const bomb = Object.fromEntries(Array.from({ length: 5000 }, (__, i) => [`t${String(i)}`, `s${String(i)}.safetensors`]));
    const files = folder(new Map([...good, [indexName, text({ weight_map: bomb })]]));
    expect((await refusalOf(openSafetensors(files))).message).toMatch(/5000 files/);
    const large = folder(new Map([[indexName, new Uint8Array(17 * 2 ** 20)]]));
    expect((await refusalOf(openSafetensors(large))).message).toMatch(/bytes of JSON/);
    expect(large.readBytes()).toBe(0);
  });
});

describe('a hub', () => {
  const saying = (value: unknown): Http => ({
    wait: () => Promise.resolve(),
    get: () =>
      Promise.resolve({
        status: 200,
        header: () => null,
        body: (async function* () {
          yield await Promise.resolve(new Uint8Array(text(value)));
        })(),
      }),
  });

  it('may answer anything: it is refused in words, or gives files under its own address', async () => {
    const fact = fc.record(
      {
        sha: fc.oneof(fc.string(), fc.constant('../../evil'), fc.jsonValue()),
        siblings: fc.oneof(
          fc.array(
            fc.record({ rfilename: fc.oneof(fc.string(), fc.constant('../x')), size: fc.oneof(fc.maxSafeInteger(), fc.jsonValue()) }),
          ),
          fc.jsonValue(),
        ),
        cardData: fc.oneof(fc.record({ license: fc.jsonValue() }), fc.jsonValue()),
        tags: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fact, fc.jsonValue()), async (value) => {
        const place = { host: 'https://hub.example', id: 'a/b', revision: 'main' };
        try {
          const { folder: found, licence } = await openHub(saying(value), place, 'secret');
          expect(found.address).toMatch(/^https:\/\/hub\.example\/a\/b\/resolve\/[\w%.-]+\/$/);
          expect(licence === null || typeof licence === 'string').toBe(true);
        } catch (error) {
          if (!(error instanceof StudioError)) throw error;
          expect(error.code).toBe('file-invalid');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is given ids of two parts and a revision, and nothing that leads elsewhere', () => {
    expect(parseHubId(' llava-hf/llava-1.5-7b-hf@refs/pr/2 ')).toEqual({
      host: 'https://huggingface.co',
      id: 'llava-hf/llava-1.5-7b-hf',
      revision: 'refs/pr/2',
    });
    expect(parseHubId('https://huggingface.co/llava-hf/bakLlava-v1-hf/tree/main')).toMatchObject({
      id: 'llava-hf/bakLlava-v1-hf',
      revision: 'main',
    });
    for (const bad of ['', 'name', 'a/b/c', '../x/y', 'a/..', 'a/b@../../c', 'https://evil.example/a/b', 'a b/c'])
      expect(() => parseHubId(bad), bad).toThrow(/hub id was expected/);
  });
});
