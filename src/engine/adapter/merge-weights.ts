/** @file A frozen weight and a low-rank change as one weight. */

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
  const merged = weight.slice();
  for (const { factors, scale, strength, magnitude } of changes) {
    const change = matrixProduct(factors.b, factors.a, [outputSize, factors.rank, inputSize]);
    for (let i = 0; i < merged.length; i++) merged[i] = (merged[i] ?? 0) + scale * strength * (change[i] ?? 0);
    if (!magnitude) continue;
    const gain = doraGain(rowSums(weight, factors), magnitude, scale, strength);
    for (let i = 0; i < merged.length; i++) merged[i] = (merged[i] ?? 0) * (gain[Math.floor(i / inputSize)] ?? 1);
  }
  return float32([outputSize, inputSize], merged);
}
