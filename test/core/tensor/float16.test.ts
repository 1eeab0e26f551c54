import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16, readFloats } from '../../../src/core/tensor/float16.ts';

const everyBits = Uint16Array.from({ length: 65536 }, (_, i) => i);
const kinds = [
  { name: 'float16', widen: float16ToFloat32, narrow: float32ToFloat16, infinity: 0x7c00 },
  { name: 'bfloat16', widen: bfloat16ToFloat32, narrow: float32ToBfloat16, infinity: 0x7f80 },
] as const;

/** The nearest 16-bit value found by trying both neighbours in exact arithmetic; ties go to the even bits. */
function nearest(x: number, values: Float32Array, infinity: number): number {
  const size = Math.abs(x);
  let low = 0;
  for (let step = 32768; step >= 1; step /= 2) if (low + step <= infinity && (values[low + step] ?? NaN) <= size) low += step;
  const sign = Object.is(Math.sign(x), -1) || Object.is(x, -0) ? 0x8000 : 0;
  if (low === infinity) return sign | infinity;
  // Where the next value would be infinite, rounding acts as though the exponent went on.
  const here = values[low] ?? 0;
  const next = low + 1 === infinity ? here + (here - (values[low - 1] ?? 0)) : (values[low + 1] ?? 0);
  const up = size - here > next - size || (size - here === next - size && low % 2 === 1);
  return sign | (up ? low + 1 : low);
}

describe.each(kinds)('$name', ({ widen, narrow, infinity }) => {
  const values = widen(everyBits);

  it('comes back with the same bits from float32, for all that is no NaN', () => {
    const back = narrow(values);
    const differing = everyBits.filter((bits) => back[bits] !== bits && !Number.isNaN(values[bits]));
    expect(differing).toEqual(new Uint16Array());
  });

  it('keeps NaN as NaN with its sign, and infinities', () => {
    const nans = everyBits.filter((bits) => (bits & 0x7fff) > infinity);
    expect(nans.every((bits) => Number.isNaN(values[bits]))).toBe(true);
    expect(widen(narrow(Float32Array.of(NaN, Infinity, -Infinity)))).toEqual(Float32Array.of(NaN, Infinity, -Infinity));
    const lowPayload = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer);
    expect([...widen(narrow(lowPayload))].every(Number.isNaN)).toBe(true);
  });

  it('rounds any float32 to the nearest value with ties to even', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 400 }).filter((bytes) => bytes.length % 4 === 0),
        (bytes) => {
          const floats = new Float32Array(bytes.slice().buffer).filter((x) => !Number.isNaN(x));
          expect(narrow(floats)).toEqual(Uint16Array.from(floats, (x) => nearest(x, values, infinity)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('rounds what lies around each midpoint between neighbours rightly', () => {
    const next = (x: number, step: number): number => {
      const bits = new Uint32Array(Float32Array.of(x).buffer);
      bits[0] = (bits[0] ?? 0) + step;
      return new Float32Array(bits.buffer)[0] ?? NaN;
    };
    const midpoints = Float32Array.from({ length: infinity - 1 }, (_, i) => ((values[i] ?? 0) + (values[i + 1] ?? 0)) / 2);
    for (const step of [-1, 0, 1]) {
      const floats = midpoints.map((x) => (x === 0 ? 0 : next(x, step)));
      expect(narrow(floats)).toEqual(Uint16Array.from(floats, (x) => nearest(x, values, infinity)));
    }
  });
});

describe('known values', () => {
  it('agree with the tables of IEEE 754', () => {
    expect(float32ToFloat16(Float32Array.of(1, -2, 65504, 65519.99, 65520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 1 / 3, -0))).toEqual(
      Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 1, 0, 1, 0x3555, 0x8000),
    );
    expect(float32ToBfloat16(Float32Array.of(1, -2, 3.140625, 3.3962e38, 3.3961e38))).toEqual(
      Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x7f80, 0x7f7f),
    );
  });
});

describe('readFloats', () => {
  it('reads each floating type from bytes at any alignment', () => {
    const shifted = (data: ArrayBufferView): Uint8Array => {
      const bytes = new Uint8Array(data.byteLength + 1);
      bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 1);
      return bytes.subarray(1);
    };
    const expected = Float32Array.of(1.5, -0.25);
    expect(readFloats('float32', shifted(expected))).toEqual(expected);
    expect(readFloats('float64', shifted(Float64Array.from(expected)))).toEqual(expected);
    expect(readFloats('float16', shifted(float32ToFloat16(expected)))).toEqual(expected);
    expect(readFloats('bfloat16', shifted(float32ToBfloat16(expected)))).toEqual(expected);
  });

  it('refuses whole numbers', () => {
    expect(() => readFloats('int8', new Uint8Array(4))).toThrow(/int8 where floats/u);
  });
});
