/** @file What DoRA multiplies each output by: its magnitude over the length of the changed row. */

/**
 * Sums over the rows of a frozen weight W and an unscaled change C = B A, from which the length of the rows of W + s · C follows for any s
 * without touching W again. @shape each [N]
 */
export interface RowSums {
  readonly weight: Float64Array;
  readonly cross: Float64Array | Float32Array;
  readonly change: Float64Array | Float32Array;
}

/** The two factors of a low-rank change with its sizes. @shape a [R, K], b [N, R] */
export interface Factors {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  readonly inputSize: number;
  readonly outputSize: number;
}

/**
 * Sums over the rows of W and of the change, without making the change: W C follows from W Aᵀ, C C from A Aᵀ.
 *
 * @param weight the frozen weight as checkpoints have it @shape [N, K]
 */
export function rowSums(weight: Float32Array, factors: Factors): RowSums {
  const { a, b, inputSize: K, outputSize: N, rank: R } = factors;
  const inner = gram(a, R, K);
  const sums = { weight: new Float64Array(N), cross: new Float64Array(N), change: new Float64Array(N) };
  const along = new Float64Array(R);
  for (let n = 0; n < N; n++) {
    const row = weight.subarray(n * K, (n + 1) * K);
    const up = b.subarray(n * R, (n + 1) * R);
    sums.weight[n] = dot(row, row);
    project(row, a, along);
    for (let r = 0; r < R; r++) {
      const factor = up[r] ?? 0;
      sums.cross[n] = (sums.cross[n] ?? 0) + factor * (along[r] ?? 0);
      let inside = 0;
      for (let q = 0; q < R; q++) inside += (inner[r * R + q] ?? 0) * (up[q] ?? 0);
      sums.change[n] = (sums.change[n] ?? 0) + factor * inside;
    }
  }
  return sums;
}

/** Sums the squares of each row. @shape weight [N, K] → [N] */
export function rowSquares(weight: Float32Array, inputSize: number): Float64Array {
  return Float64Array.from({ length: weight.length / inputSize }, (_, n) => {
    const row = weight.subarray(n * inputSize, (n + 1) * inputSize);
    return dot(row, row);
  });
}

/** Multiplies a row with each row of A, four at a time, so that what is read of it serves four products. @shape row [K], a [R, K] → along [R] */
function project(row: Float32Array, a: Float32Array, along: Float64Array): void {
  const K = row.length;
  const R = along.length;
  const whole = R - (R % 4);
  for (let r = 0; r < whole; r += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const at = r * K;
    for (let k = 0; k < K; k++) {
      const value = row[k] ?? 0;
      s0 += value * (a[at + k] ?? 0);
      s1 += value * (a[at + K + k] ?? 0);
      s2 += value * (a[at + 2 * K + k] ?? 0);
      s3 += value * (a[at + 3 * K + k] ?? 0);
    }
    along.set([s0, s1, s2, s3], r);
  }
  for (let r = whole; r < R; r++) along[r] = dot(row, a.subarray(r * K, (r + 1) * K));
}

/** @shape a [R, K] → [R, R] */
function gram(a: Float32Array, R: number, K: number): Float64Array {
  const products = new Float64Array(R * R);
  for (let r = 0; r < R; r++) {
    const row = a.subarray(r * K, (r + 1) * K);
    for (let q = 0; q < R; q++) products[r * R + q] = dot(row, a.subarray(q * K, (q + 1) * K));
  }
  return products;
}

/** Four sums side by side, since a processor waits for each addition of one. */
function dot(left: Float32Array, right: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = left.length - (left.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += (left[i] ?? 0) * (right[i] ?? 0);
    s1 += (left[i + 1] ?? 0) * (right[i + 1] ?? 0);
    s2 += (left[i + 2] ?? 0) * (right[i + 2] ?? 0);
    s3 += (left[i + 3] ?? 0) * (right[i + 3] ?? 0);
  }
  for (let i = whole; i < left.length; i++) s0 += (left[i] ?? 0) * (right[i] ?? 0);
  return s0 + s1 + s2 + s3;
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
