/** @file A copy of an adapter whose strength 1 is another strength of the first. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { StudioError } from '../../core/error.ts';
import { weightKey } from '../../core/nn/weights.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import type { WeightReader } from '../runtime.ts';
import { checkCombination } from './combine.ts';
import { rowSums, scaledMagnitude } from './dora-gain.ts';
import { lowRankModules } from './low-rank.ts';

/**
 * Scales a LoRA or DoRA: alpha for both, and for DoRA the magnitudes on the way from the base's.
 *
 * @throws {StudioError} 'argument-invalid' for kinds without a scale
 */
export async function scaleAdapter(adapter: LearnedAdapter, scale: number, weights: WeightReader): Promise<LearnedAdapter> {
  checkCombination([{ adapter, scale }]);
  const { spec } = adapter;
  if (spec.kind !== 'lora' && spec.kind !== 'dora') return { ...adapter };
  const alphaPattern = Object.fromEntries(Object.entries(spec.alphaPattern ?? {}).map(([key, alpha]) => [key, alpha * scale]));
  const tensors = new Map(adapter.tensors);
  for (const { module, factors, magnitude } of lowRankModules(adapter)) {
    if (!magnitude) continue;
    const weight = await weights.read(weightKey(`${module}.weight`, 'plain'));
    if (!(weight instanceof Float32Array)) throw new StudioError('internal', `internal: ${module}.weight was not read as floats`);
    const scaled = scaledMagnitude(rowSums(weight, factors), magnitude, scale);
    tensors.set(`${module}.lora_magnitude_vector`, float32([factors.outputSize], scaled));
  }
  return { ...adapter, tensors, spec: { ...spec, alpha: spec.alpha * scale, alphaPattern } };
}
