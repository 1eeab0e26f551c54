/** @file A frozen weight and low-rank changes as one weight, whole or some rows at a time. */

import { matrixProduct } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import { weightKey } from '../../core/nn/weights.ts';
import { StudioError } from '../../core/error.ts';
import type { WeightReader } from '../runtime.ts';
import { doraGain, rowSums } from './dora-gain.ts';
import type { WornModule } from './slot-values.ts';

/**
 * Adds changes to the weight that they belong to, in the checkpoint's shape: W + Σ strength · scale · B A, and for DoRA its rows stretched.
 *
 * @shape → [N, K]
 */
export async function mergedWeight(reader: WeightReader, changes: readonly WornModule[]): Promise<Tensor<'float32'>> {
  const [first] = changes;
  if (!first) throw new StudioError('internal', 'internal: nothing to merge');
  const { inputSize, outputSize } = first.factors;
  const weight = await reader.read(weightKey(`${first.module}.weight`, 'plain'));
  if (!(weight instanceof Float32Array)) throw new StudioError('internal', `internal: ${first.module}.weight was not read as floats`);
  return float32([outputSize, inputSize], mergeRows(weight, changes, 0));
}

/**
 * Adds changes to some rows of the weight that they belong to; each row of the sum depends on no other.
 *
 * @param rows rows of W from `firstRow` on @shape [M, K] → the same
 */
export function mergeRows(rows: Float32Array, changes: readonly WornModule[], firstRow: number): Float32Array<ArrayBuffer> {
  const merged = Float32Array.from(rows);
  for (const { factors, scale, strength, magnitude } of changes) {
    const { rank, inputSize } = factors;
    const outputSize = rows.length / inputSize;
    const b = factors.b.subarray(firstRow * rank, (firstRow + outputSize) * rank);
    const change = matrixProduct(b, factors.a, [outputSize, rank, inputSize]);
    for (let i = 0; i < merged.length; i++) merged[i] = (merged[i] ?? 0) + scale * strength * (change[i] ?? 0);
    if (!magnitude) continue;
    const sums = rowSums(rows, { ...factors, b, outputSize });
    const gain = doraGain(sums, magnitude.subarray(firstRow, firstRow + outputSize), scale, strength);
    for (let i = 0; i < merged.length; i++) merged[i] = (merged[i] ?? 0) * (gain[Math.floor(i / inputSize)] ?? 1);
  }
  return merged;
}
