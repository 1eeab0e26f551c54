/** @file 16-bit floats, kept as their bits: IEEE half precision and bfloat16 to float32 and back, rounding to the nearest with ties to even. */

import { StudioError } from '../error.ts';
import type { DType } from './dtype.ts';
import { viewAs } from './dtype.ts';

/** Widens half-precision floats; exact for every value, infinities and NaN included. */
export function float16ToFloat32(halves: Uint16Array, target = new Float32Array(halves.length)): Float32Array {
  checkLength(halves.length, target.length);
  const table = widenedHalves();
  const bits = bitsOf(target);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] ?? 0] ?? 0;
  return target;
}

/** Narrows to half precision; what is beyond 65504 after rounding becomes infinite, what is too small a subnormal or zero. */
export function float32ToFloat16(floats: Float32Array, target = new Uint16Array(floats.length)): Uint16Array {
  checkLength(floats.length, target.length);
  const bits = bitsOf(floats);
  for (let i = 0; i < floats.length; i++) target[i] = narrowToHalf(bits[i] ?? 0);
  return target;
}

/** Widens bfloat16, which is the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array, target = new Float32Array(halves.length)): Float32Array {
  checkLength(halves.length, target.length);
  const bits = bitsOf(target);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return target;
}

/** Narrows to bfloat16. */
export function float32ToBfloat16(floats: Float32Array, target = new Uint16Array(floats.length)): Uint16Array {
  checkLength(floats.length, target.length);
  const bits = bitsOf(floats);
  for (let i = 0; i < floats.length; i++) {
    const x = bits[i] ?? 0;
    const isNan = (x & 0x7fffffff) > 0x7f800000;
    // A NaN whose payload lies in the lower half alone would turn into infinity, hence the quiet bit.
    target[i] = isNan ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return target;
}

/**
 * Reads the bytes of a floating type as float32: a view where they are float32 and aligned already, else a new array.
 *
 * @throws {StudioError} 'file-invalid' when the type is no floating one or the bytes are no whole number of elements
 */
export function readFloats(dtype: DType, bytes: Uint8Array): Float32Array {
  switch (dtype) {
    case 'float32':
      return viewAs('float32', bytes);
    case 'float16':
      return float16ToFloat32(viewAs('float16', bytes));
    case 'bfloat16':
      return bfloat16ToFloat32(viewAs('bfloat16', bytes));
    case 'float64':
      return Float32Array.from(viewAs('float64', bytes));
    default:
      throw new StudioError('file-invalid', `readFloats: ${dtype} where floats are needed (float32, float16, bfloat16 or float64)`);
  }
}

function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

function checkLength(source: number, target: number): void {
  if (source !== target)
    throw new StudioError('shape-mismatch', `float16: ${String(source)} elements do not fit a target of ${String(target)}`);
}

let halfTable: Uint32Array | undefined;

/** The float32 bits of all 65,536 halves: one look-up is faster than the arithmetic. Made on first use. */
function widenedHalves(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  const table = new Uint32Array(65536);
  const values = new Float32Array(table.buffer);
  for (let half = 0; half < 65536; half++) {
    const exponent = (half >>> 10) & 31;
    const mantissa = half & 1023;
    const sign = half >= 32768 ? -1 : 1;
    if (exponent === 31) table[half] = ((half & 0x8000) << 16) | 0x7f800000 | (mantissa << 13);
    else values[half] = exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
  }
  halfTable = table;
  return table;
}

/** Bits of a float32 to bits of the nearest half. */
function narrowToHalf(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00; // from 2^16 on
  // Normal from 2^-14: move the exponent's bias; a carry of the rounding may reach the exponent and even infinity, rightly.
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign; // below 2^-25, half of the smallest subnormal
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const kept = mantissa >>> shift;
  const lost = mantissa & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (kept + (lost > tie || (lost === tie && (kept & 1) === 1) ? 1 : 0));
}
