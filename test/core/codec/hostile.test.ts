import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/core/codec/byte-source.ts';
import { memorySource } from '../../../src/core/codec/byte-source.ts';
import { parseJsonObject } from '../../../src/core/codec/json.ts';
import { decodeOnnx } from '../../../src/core/codec/onnx-decode.ts';
import { encodeOnnx } from '../../../src/core/codec/onnx.ts';
import { decodeMessage, encodeMessage, floatField, messageField, stringField, varintField } from '../../../src/core/codec/protobuf.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { readSafetensorsHeader, readTensor } from '../../../src/core/codec/safetensors.ts';
import { StudioError } from '../../../src/core/error.ts';
import type { Graph, Value } from '../../../src/core/graph/graph.ts';
import type { DType } from '../../../src/core/tensor/dtype.ts';
import { elementBytes, viewAs } from '../../../src/core/tensor/dtype.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { float32, tensor } from '../../../src/core/tensor/tensor.ts';

const runs = { numRuns: 400 };

/** Some places of a good file overwritten, then perhaps a piece taken out or doubled. */
function damaged(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: good.length - 1 });
  return fc
    .tuple(
      fc.array(fc.tuple(place, fc.nat({ max: 255 })), { maxLength: 6 }),
      place,
      place,
      fc.constantFrom('keep', 'cut', 'remove', 'double'),
    )
    .map(([bytes, a, b, how]) => {
      const copy = good.slice();
      for (const [at, byte] of bytes) copy[at] = byte;
      const [start, end] = a < b ? [a, b] : [b, a];
      if (how === 'cut') return copy.slice(0, end);
      if (how === 'remove') return Uint8Array.of(...copy.subarray(0, start), ...copy.subarray(end));
      if (how === 'double') return Uint8Array.of(...copy.subarray(0, end), ...copy.subarray(start));
      return copy;
    });
}

function expectStudioError(error: unknown): void {
  if (!(error instanceof StudioError)) throw error;
  expect(['file-invalid', 'op-unsupported']).toContain(error.code);
}

async function readAll(source: ByteSource): Promise<void> {
  try {
    const { tensors } = await readSafetensorsHeader(source);
    let total = 0;
    for (const info of tensors.values()) total += (await readTensor(source, info)).data.byteLength;
    expect(total).toBeLessThan(source.byteLength);
  } catch (error) {
    expectStudioError(error);
  }
}

const goodFile = writeSafetensors(
  new Map<string, Tensor>([
    ['layer.weight', float32([2, 3], [1, 2, 3, 4, 5, 6])],
    ['ids', tensor('int64', [2], BigInt64Array.of(1n, 2n))],
    ['half', tensor('bfloat16', [1, 3], Uint16Array.of(1, 2, 3))],
  ]),
  { format: 'pt' },
);

describe('safetensors', () => {
  it('refuses any bytes in words, and never gives more than the file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => readAll(memorySource('random', bytes))),
      runs,
    );
  });

  it('refuses a damaged file in words, or reads what is still one', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(goodFile), (bytes) => readAll(memorySource('damaged', bytes))),
      runs,
    );
  });

  it('refuses any JSON for a header in words', async () => {
    const entry = fc.record({
      dtype: fc.oneof(fc.constantFrom('F32', 'U8', 'I64'), fc.jsonValue()),
      shape: fc.oneof(fc.array(fc.oneof(fc.nat({ max: 4 }), fc.maxSafeInteger(), fc.double())), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), fc.array(fc.maxSafeInteger()), fc.jsonValue()),
    });
    const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue()), { maxKeys: 4 }));
    await fc.assert(
      fc.asyncProperty(header, fc.nat({ max: 40 }), (json, dataBytes) => {
        const text = new TextEncoder().encode(JSON.stringify(json));
        const file = new Uint8Array(8 + text.length + dataBytes);
        new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
        file.set(text, 8);
        return readAll(memorySource('lies', file));
      }),
      runs,
    );
  });

  it('gives back any tensors that were written', async () => {
    const dtype = fc.constantFrom<DType>('float32', 'float16', 'bfloat16', 'float64', 'int64', 'int8', 'uint16', 'bool');
    const anyTensor = fc
      .tuple(dtype, fc.array(fc.nat({ max: 4 }), { maxLength: 3 }), fc.nat({ max: 255 }))
      .map(([type, shape, fill]): Tensor => {
        const count = shape.reduce((a, b) => a * b, 1);
        return tensor(type, shape, viewAs(type, new Uint8Array(count * elementBytes(type)).fill(fill)));
      });
    const named = fc
      .dictionary(fc.string(), anyTensor, { maxKeys: 6 })
      .map((record) => new Map(Object.entries(record).filter(([name]) => name !== '__metadata__')));
    await fc.assert(
      fc.asyncProperty(named, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), async (tensors, metadata) => {
        const source = memorySource('x', writeSafetensors(tensors, metadata));
        const header = await readSafetensorsHeader(source);
        expect(header.metadata).toEqual(new Map(Object.entries(metadata)));
        expect(new Set(header.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [name, info] of header.tensors) expect(await readTensor(source, info)).toEqual(tensors.get(name));
      }),
      { numRuns: 200 },
    );
  });
});

describe('parseJsonObject', () => {
  it('agrees with JSON.parse on every object, and finds a key that is put in twice', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 5 }), fc.nat(), (object, pick) => {
        const text = JSON.stringify(object);
        expect(parseJsonObject('x', new TextEncoder().encode(text))).toEqual(JSON.parse(text));
        const keys = Object.keys(object);
        const twice = `${text.slice(0, -1)},${JSON.stringify(keys[pick % keys.length])}:0}`;
        expect(() => parseJsonObject('x', new TextEncoder().encode(twice))).toThrow(/twice/u);
      }),
      runs,
    );
  });

  it('refuses brackets a million deep without falling over', () => {
    const deep = new TextEncoder().encode(`{"a":${'['.repeat(1e6)}`);
    expect(() => parseJsonObject('deep', deep)).toThrow(StudioError);
  });
});

function goodModel(): Uint8Array {
  const value = (name: string, shape: readonly (number | string)[]): Value => ({ name, dtype: 'float32', shape });
  const [x, w, c, y, z] = [value('x', ['N', 2]), value('w', [2, 2]), value('c', [2]), value('y', ['N', 2]), value('z', ['N', 2])];
  const graph: Graph = {
    name: 'good',
    inputs: [x],
    weights: [{ value: w, source: 'w' }],
    constants: [{ value: c, tensor: float32([2], [1, 2]) }],
    nodes: [
      {
        op: 'Gemm',
        domain: '',
        inputs: [x, w, c],
        outputs: [y],
        attributes: { alpha: { kind: 'float', value: 2 }, transB: { kind: 'int', value: 1 } },
      },
      { op: 'Gelu', domain: 'com.microsoft', inputs: [y], outputs: [z], attributes: { axes: { kind: 'ints', value: [0, 1] } } },
    ],
    outputs: [z],
  };
  return encodeOnnx(graph, { weights: { embedded: () => new Uint8Array(16) }, innerTypes: true });
}

describe('decodeOnnx', () => {
  const decode = (bytes: Uint8Array): void => {
    try {
      decodeOnnx(bytes);
    } catch (error) {
      expectStudioError(error);
    }
  };

  it('refuses any bytes in words', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode), runs);
  });

  it('refuses a damaged model in words, or reads what is still one', () => {
    fc.assert(fc.property(damaged(goodModel()), decode), { numRuns: 1500 });
  });
});

describe('protocol buffers', () => {
  it('give back numbers, texts and messages as they were', () => {
    const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    fc.assert(
      fc.property(number, fc.maxSafeInteger(), fc.string(), fc.float(), (field, whole, text, real) => {
        const bytes = encodeMessage([messageField(field, [varintField(field, whole), stringField(1, text), floatField(2, real)])]);
        const [outer] = [...decodeMessage(bytes)];
        expect(outer).toMatchObject({ kind: 'bytes', number: field });
        const [first, second, third] = outer?.kind === 'bytes' ? [...decodeMessage(outer.bytes)] : [];
        expect(first).toEqual({ kind: 'varint', number: field, value: BigInt(whole) });
        expect(second?.kind === 'bytes' && new TextDecoder('utf-8', { ignoreBOM: true }).decode(second.bytes)).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)),
        );
        expect(third?.kind === 'fixed' && viewAs('float32', third.bytes)[0]).toBe(real);
      }),
      runs,
    );
  });
});
