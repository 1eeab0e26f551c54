import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeOnnx } from '../../../src/core/codec/onnx-decode.ts';
import { encodeOnnx } from '../../../src/core/codec/onnx.ts';
import type { OnnxOptions, WeightPlacement } from '../../../src/core/codec/onnx.ts';
import type { Graph, GraphDType, Value } from '../../../src/core/graph/graph.ts';
import type { Shape } from '../../../src/core/tensor/shape.ts';
import { float32, tensor } from '../../../src/core/tensor/tensor.ts';

function value(name: string, shape: Shape, dtype: GraphDType = 'float32'): Value {
  return { name, dtype, shape };
}

/** y = softmax(x · w + c) over axis -1, through every kind of attribute that a session can check. */
function linear(): Graph {
  const [x, w, c] = [value('x', ['N', 3]), value('w', [3, 2]), value('c', [2])];
  const [product, sum, y] = [value('product', ['N', 2]), value('sum', ['N', 2]), value('y', ['N', 2])];
  return {
    name: 'linear',
    inputs: [x],
    weights: [{ value: w, source: 'layer.weight' }],
    constants: [{ value: c, tensor: float32([2], [0.5, -0.5]) }],
    nodes: [
      { op: 'MatMul', domain: '', inputs: [x, w], outputs: [product], attributes: {} },
      { op: 'Add', domain: '', inputs: [product, c], outputs: [sum], attributes: {} },
      { op: 'Softmax', domain: '', inputs: [sum], outputs: [y], attributes: { axis: { kind: 'int', value: -1 } } },
    ],
    outputs: [y],
  };
}

const weight = Float32Array.from([1, 2, 3, 4, 5, 6]);
const weightBytes = new Uint8Array(weight.buffer);
const x = new Tensor('float32', [0.1, 0.2, 0.3, -0.1, 0, 1], [2, 3]);

function expected(): number[] {
  return [0, 1].flatMap((row) => {
    const input = [0, 1, 2].map((k) => Number(x.data[row * 3 + k]));
    const sums = [0, 1].map((n) => input.reduce((sum, v, k) => sum + v * (weight[k * 2 + n] ?? 0), n === 0 ? 0.5 : -0.5));
    const total = sums.reduce((sum, v) => sum + Math.exp(v), 0);
    return sums.map((v) => Math.exp(v) / total);
  });
}

async function run(placement: WeightPlacement, session: InferenceSession.SessionOptions, feeds: Record<string, Tensor>): Promise<number[]> {
  const opened = await InferenceSession.create(encodeOnnx(linear(), { weights: placement }), session);
  const { y } = await opened.run({ x, ...feeds });
  return Array.from((y?.data ?? []) as Float32Array);
}

describe('encodeOnnx', () => {
  const close = expected().map((v) => expect.closeTo(v, 6) as number);

  it('makes a model that onnxruntime runs with its weights as inputs', async () => {
    expect(await run('inputs', {}, { w: new Tensor('float32', weight, [3, 2]) })).toEqual(close);
  });

  it('makes a model that onnxruntime runs with its weights inside', async () => {
    expect(await run({ embedded: () => weightBytes }, {}, {})).toEqual(close);
  });

  it('makes a model that onnxruntime runs with its weights in a file beside, at an offset', async () => {
    const shard = new Uint8Array(4096 + weightBytes.length);
    shard.set(weightBytes, 4096);
    const placement: WeightPlacement = { external: () => ({ path: 'shard.bin', offset: 4096, length: weightBytes.length }) };
    expect(await run(placement, { externalData: [{ path: 'shard.bin', data: shard }] }, {})).toEqual(close);
  });

  it('refuses a weight whose bytes do not fill its shape', () => {
    expect(() => encodeOnnx(linear(), { weights: { embedded: () => new Uint8Array(20) } })).toThrow(
      /w \(layer\.weight\).*24 bytes, got 20/u,
    );
  });

  it('writes all kinds of attributes and 4-bit weights so that MatMulNBits and Slice-like ops accept them', async () => {
    const [a, b, s] = [value('a', [1, 32]), value('b', [1, 1, 16], 'uint8'), value('s', [1, 1])];
    const [product, out] = [value('product', [1, 1]), value('out', [1, 1])];
    const graph: Graph = {
      name: 'quantised',
      inputs: [a],
      weights: [
        { value: b, source: 'b' },
        { value: s, source: 's' },
      ],
      constants: [],
      nodes: [
        {
          op: 'MatMulNBits',
          domain: 'com.microsoft',
          inputs: [a, b, s, null],
          outputs: [product],
          attributes: {
            K: { kind: 'int', value: 32 },
            N: { kind: 'int', value: 1 },
            bits: { kind: 'int', value: 4 },
            block_size: { kind: 'int', value: 32 },
          },
        },
        { op: 'LeakyRelu', domain: '', inputs: [product], outputs: [out], attributes: { alpha: { kind: 'float', value: 0.25 } } },
      ],
      outputs: [out],
    };
    const bytes: Record<string, Uint8Array> = { b: new Uint8Array(16).fill(0x79), s: new Uint8Array(Float32Array.of(-2).buffer) };
    const session = await InferenceSession.create(
      encodeOnnx(graph, { weights: { embedded: (source) => bytes[source] ?? new Uint8Array() } }),
    );
    const result = await session.run({
      a: new Tensor(
        'float32',
        Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 1 : 0)),
        [1, 32],
      ),
    });
    // The low nibble is the even element: 9 − 8 = 1 of scale −2 sixteen times is −32, times alpha −8.
    expect(Array.from((result['out']?.data ?? []) as Float32Array)).toEqual([-8]);
  });
});

describe('decodeOnnx', () => {
  const placements: [string, OnnxOptions['weights']][] = [
    ['inputs', 'inputs'],
    ['embedded', { embedded: () => weightBytes }],
    ['external', { external: () => ({ path: 'p', offset: 0, length: 24 }) }],
  ];

  it.each(placements)('gives back the graph that was encoded with weights as %s', (_, weights) => {
    expect(decodeOnnx(encodeOnnx(linear(), { weights, innerTypes: true }))).toEqual(linear());
  });

  it('gives back every kind of attribute, packed 4-bit constants and negative numbers', () => {
    const [i, o] = [value('i', [], 'int64'), value('o', ['B', 1])];
    const graph: Graph = {
      name: 'kinds',
      inputs: [i],
      weights: [],
      constants: [
        { value: value('four', [3], 'uint4'), tensor: tensor('uint8', [2], Uint8Array.of(0x21, 0x03)) },
        { value: value('long', [2], 'int64'), tensor: tensor('int64', [2], BigInt64Array.of(-1n, 2n ** 62n)) },
        { value: value('none', [0], 'float32'), tensor: float32([0], []) },
      ],
      nodes: [
        {
          op: 'Made',
          domain: 'com.microsoft',
          inputs: [i, null, i],
          outputs: [o],
          attributes: {
            int: { kind: 'int', value: -9007199254740991 },
            ints: { kind: 'ints', value: [0, -1, 127, 128, 2 ** 40] },
            float: { kind: 'float', value: -0.5 },
            floats: { kind: 'floats', value: [1.5, -2] },
            string: { kind: 'string', value: 'gelu ✓' },
          },
        },
      ],
      outputs: [o],
    };
    expect(decodeOnnx(encodeOnnx(graph, { weights: 'inputs', innerTypes: true }))).toEqual(graph);
  });

  it('says what is missing when inner types were not written', () => {
    expect(() => decodeOnnx(encodeOnnx(linear(), { weights: 'inputs' }))).toThrow(/value product .* no type/u);
  });
});
