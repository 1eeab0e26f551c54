import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../../src/core/codec/onnx.ts';
import type { Attributes, Graph, GraphDType, Value } from '../../../src/core/graph/graph.ts';
import type { QuantizedMatrix } from '../../../src/core/quant/layout.ts';
import { blockShapes, zeroPointOf } from '../../../src/core/quant/layout.ts';
import { dequantizeMatrix, quantizeMatrix } from '../../../src/core/quant/quantize.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../../src/core/tensor/float16.ts';
import type { Shape } from '../../../src/core/tensor/shape.ts';

/** Repeatable, roughly normal numbers. */
function normals(count: number, seed = 1): Float32Array {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => uniform() + uniform() + uniform() + uniform() - 2);
}

interface Stored {
  readonly dtype: GraphDType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Runs one op whose inputs other than fed ones are stored in the model. */
async function runOp(
  op: {
    readonly op: string;
    readonly domain: '' | 'com.microsoft';
    readonly attributes: Record<string, number>;
    readonly outputShape: Shape;
  },
  inputs: Readonly<Record<string, Stored | Tensor>>,
): Promise<Float32Array> {
  const value = (name: string, input: Stored | Tensor): Value =>
    'bytes' in input ? { name, dtype: input.dtype, shape: input.shape } : { name, dtype: input.type as GraphDType, shape: input.dims };
  const values = Object.entries(inputs).map(([name, input]) => ({ name, input, value: value(name, input) }));
  const y: Value = { name: 'y', dtype: 'float32', shape: op.outputShape };
  const attributes: Attributes = Object.fromEntries(Object.entries(op.attributes).map(([name, v]) => [name, { kind: 'int', value: v }]));
  const graph: Graph = {
    name: op.op,
    inputs: values.flatMap(({ input, value: v }) => ('bytes' in input ? [] : [v])),
    weights: values.flatMap(({ name, input, value: v }) => ('bytes' in input ? [{ value: v, source: name }] : [])),
    constants: [],
    nodes: [{ op: op.op, domain: op.domain, inputs: values.map((v) => v.value), outputs: [y], attributes }],
    outputs: [y],
  };
  const embedded = (source: string): Uint8Array => {
    const input = inputs[source];
    return input !== undefined && 'bytes' in input ? input.bytes : expect.fail(source);
  };
  const session = await InferenceSession.create(encodeOnnx(graph, { weights: { embedded } }));
  const feeds = Object.fromEntries(values.flatMap(({ name, input }) => ('bytes' in input ? [] : [[name, input]])));
  const result = await session.run(feeds);
  return (result['y'] ?? expect.fail('no y')).data as Float32Array;
}

function stored(matrix: QuantizedMatrix): { codes: Stored; scales: Stored } {
  const shapes = blockShapes(matrix.rows, matrix.columns, matrix);
  return {
    codes: { dtype: 'uint8', shape: shapes.codes, bytes: matrix.codes },
    scales: { dtype: 'float32', shape: shapes.scales, bytes: bytesOf(matrix.scales) },
  };
}

function squaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0);
}

const specs = [
  { bits: 4, block: 32 },
  { bits: 8, block: 32 },
  { bits: 4, block: 16 },
  { bits: 4, block: 128 },
  { bits: 8, block: 64 },
] as const;

describe.each(specs)('$bits bits in blocks of $block', (spec) => {
  const [rows, columns] = [6, 256];
  const values = normals(rows * columns);
  const matrix = quantizeMatrix(values, rows, columns, spec);
  const floats = dequantizeMatrix(matrix);

  it('multiplies in MatMulNBits as the dequantised matrix does', async () => {
    const { codes, scales } = stored(matrix);
    // Rows of the identity pick out each element alone.
    const identity = Float32Array.from({ length: columns * columns }, (_, i) => (i % columns === Math.floor(i / columns) ? 1 : 0));
    const product = await runOp(
      {
        op: 'MatMulNBits',
        domain: 'com.microsoft',
        attributes: { K: columns, N: rows, bits: spec.bits, block_size: spec.block },
        outputShape: [columns, rows],
      },
      { x: new Tensor('float32', identity, [columns, columns]), codes, scales },
    );
    // A sum has no negative zero.
    expect(Float32Array.from(floats, (_, i) => product[(i % columns) * rows + Math.floor(i / columns)] ?? NaN)).toEqual(
      floats.map((x) => x + 0),
    );
  });

  it('dequantises in DequantizeLinear to the same floats from the same bytes', async () => {
    const { codes, scales } = stored(matrix);
    const dtype = spec.bits === 4 ? 'uint4' : 'uint8';
    const zeros = new Uint8Array((scales.bytes.length / 4 / 8) * spec.bits).fill(spec.bits === 4 ? 0x88 : 128);
    const result = await runOp(
      { op: 'DequantizeLinear', domain: '', attributes: { axis: 1, block_size: spec.block }, outputShape: [rows, columns] },
      { codes: { ...codes, dtype, shape: [rows, columns] }, scales, zeros: { dtype, shape: scales.shape, bytes: zeros } },
    );
    expect(result).toEqual(floats);
  });

  it('gathers rows in GatherBlockQuantized from the same bytes', async () => {
    const { codes, scales } = stored(matrix);
    const result = await runOp(
      {
        op: 'GatherBlockQuantized',
        domain: 'com.microsoft',
        attributes: { bits: spec.bits, block_size: spec.block, gather_axis: 0, quantize_axis: 1 },
        outputShape: [2, columns],
      },
      { codes: { ...codes, shape: [rows, (columns * spec.bits) / 8] }, ids: new Tensor('int64', BigInt64Array.of(4n, 1n), [2]), scales },
    );
    expect(result).toEqual(Float32Array.of(...floats.subarray(4 * columns, 5 * columns), ...floats.subarray(columns, 2 * columns)));
  });

  it('errs less than scales taken from the largest value of each block', () => {
    const zero = zeroPointOf(spec.bits);
    const plain = values.slice();
    for (let start = 0; start < values.length; start += spec.block) {
      const block = values.subarray(start, start + spec.block);
      const scale = Math.max(...block.map(Math.abs)) / (zero - 1);
      for (let i = 0; i < block.length; i++) plain[start + i] = Math.round((block[i] ?? 0) / scale) * scale;
    }
    expect(squaredError(values, floats)).toBeLessThan(0.95 * squaredError(values, plain));
  });

  it('errs far less when its own result is quantised again', () => {
    expect(squaredError(floats, dequantizeMatrix(quantizeMatrix(floats, rows, columns, spec)))).toBeLessThan(
      0.02 * squaredError(values, floats),
    );
  });
});

describe('quantizeMatrix', () => {
  it.each([40, 33, 7])('fills the last block of a row of %i with zero points, as MatMulNBits expects', async (columns) => {
    const rows = 3;
    const values = normals(rows * columns, 5);
    for (const bits of [4, 8] as const) {
      const matrix = quantizeMatrix(values, rows, columns, { bits, block: 32 });
      const floats = dequantizeMatrix(matrix);
      const { codes, scales } = stored(matrix);
      const ones = new Float32Array(columns).fill(1);
      const sums = await runOp(
        { op: 'MatMulNBits', domain: 'com.microsoft', attributes: { K: columns, N: rows, bits, block_size: 32 }, outputShape: [1, rows] },
        { x: new Tensor('float32', ones, [1, columns]), codes, scales },
      );
      sums.forEach((sum, row) =>
        expect(sum).toBeCloseTo(
          floats.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0),
          4,
        ),
      );
      const last = matrix.codes.at(-1);
      expect(last).toBe(bits === 4 ? 0x88 : 128);
    }
  });

  it('keeps zeros as zeros and single values almost exactly', () => {
    const values = new Float32Array(96);
    values[40] = 3.5;
    values[70] = -1e-20;
    const floats = dequantizeMatrix(quantizeMatrix(values, 1, 96, { bits: 4, block: 32 }));
    expect(floats[40]).toBeCloseTo(3.5, 5);
    expect(floats[70]).toBeCloseTo(-1e-20, 25);
    expect(floats.filter((x) => x !== 0)).toHaveLength(2);
  });

  it('rounds scales to half precision when they will be stored so', () => {
    const { scales } = quantizeMatrix(normals(64), 1, 64, { bits: 4, block: 32, halfScales: true });
    expect(float16ToFloat32(float32ToFloat16(scales))).toEqual(scales);
  });

  it('takes rows one part at a time with the same result', () => {
    const values = normals(4 * 64);
    const whole = quantizeMatrix(values, 4, 64, { bits: 4, block: 32 });
    const part = quantizeMatrix(values.subarray(128), 2, 64, { bits: 4, block: 32 });
    expect(part.codes).toEqual(whole.codes.slice(64));
    expect(part.scales).toEqual(whole.scales.slice(4));
  });

  it('refuses numbers that are not finite, wrong counts and odd blocks', () => {
    expect(() => quantizeMatrix(Float32Array.of(1, NaN), 1, 2, { bits: 4, block: 32 })).toThrow(/row 0 .* no finite number/u);
    expect(() => quantizeMatrix(Float32Array.of(1, -Infinity), 1, 2, { bits: 8, block: 32 })).toThrow(/no finite number/u);
    expect(() => quantizeMatrix(new Float32Array(3), 2, 2, { bits: 4, block: 32 })).toThrow(/needs 4 values, got 3/u);
    expect(() => quantizeMatrix(new Float32Array(4), 2, 2, { bits: 4, block: 24 })).toThrow(/blocks of 24/u);
  });
});
