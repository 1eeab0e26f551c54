/** @file What DoRA multiplies each output by: its magnitude over the length of the changed row. */

import { matrixProduct, transposeMatrix } from '../../core/tensor/matrix.ts';

/**
 * Sums over the rows of a frozen weight W and an unscaled change C = B A, from which the length of the rows of W + s · C follows for any s
 * without touching W again. @shape each [N]
 */
export interface RowSums {
  readonly weight: Float64Array;
  readonly cross: Float64Array;
  readonly change: Float64Array;
}

/** The two factors of a low-rank change with its sizes. @shape a [R, K], b [N, R] */
export interface Factors {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  readonly inputSize: number;
  readonly outputSize: number;
}

/** Sums over the rows of W and of the change. @shape transposed [K, N], the frozen weight */
export function rowSums(transposed: Float32Array, factors: Factors): RowSums {
  const { inputSize: K, outputSize: N, rank: R } = factors;
  // Laid out as the weight is, so that both are read in order.
  const change = matrixProduct(transposeMatrix(factors.a, R, K), transposeMatrix(factors.b, N, R), [K, R, N]); // [K, N]
  const sums = { weight: new Float64Array(N), cross: new Float64Array(N), change: new Float64Array(N) };
  for (let at = 0; at < transposed.length; at += N) {
    for (let n = 0; n < N; n++) {
      const w = transposed[at + n] ?? 0;
      const c = change[at + n] ?? 0;
      sums.weight[n] = (sums.weight[n] ?? 0) + w * w;
      sums.cross[n] = (sums.cross[n] ?? 0) + w * c;
      sums.change[n] = (sums.change[n] ?? 0) + c * c;
    }
  }
  return sums;
}

/** Gives the magnitudes at a strength: from the base's own row lengths at 0 to the learned ones at 1, and on. */
export function scaledMagnitude(sums: RowSums, magnitude: Float32Array, strength: number): Float32Array {
  return magnitude.map((learned, n) => {
    const own = Math.sqrt(sums.weight[n] ?? 0);
    return strength === 1 ? learned : own + strength * (learned - own);
  });
}

/**
 * Gives the factor of each output. A strength of 1 is the adapter as it was learned, 0 the base: magnitudes go along with the change.
 *
 * @param scale alpha / rank, without the strength
 * @source Liu et al. 2024, arxiv.org/abs/2402.09353, section 4.1; at strength 1 as peft 0.21.2, tuners/lora/dora.py
 */
export function doraGain(sums: RowSums, magnitude: Float32Array, scale: number, strength: number): Float32Array {
  const s = scale * strength;
  return scaledMagnitude(sums, magnitude, strength).map((wanted, n) => {
    const square = (sums.weight[n] ?? 0) + 2 * s * (sums.cross[n] ?? 0) + s * s * (sums.change[n] ?? 0);
    return square <= 0 ? 1 : wanted / Math.sqrt(square);
  });
}
