/** @file The learned factors of a low-rank adapter, module by module. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { rankOf } from '../../core/adapter/spec.ts';
import { present } from '../../core/error.ts';
import type { Factors } from './dora-gain.ts';

/** One adapted module. */
export interface LowRankModule {
  readonly module: string;
  readonly factors: Factors;
  /** alpha / rank, or alpha / √rank. */
  readonly scale: number;
  /** DoRA's; null for LoRA. @shape [N] */
  readonly magnitude: Float32Array | null;
}

const firstFactor = '.lora_A.weight';

/** Lists what a LoRA or DoRA learned; empty for other kinds. */
export function lowRankModules({ spec, tensors }: LearnedAdapter): readonly LowRankModule[] {
  if (spec.kind !== 'lora' && spec.kind !== 'dora') return [];
  return [...tensors]
    .filter(([name]) => name.endsWith(firstFactor))
    .map(([name, a]) => {
      const module = name.slice(0, -firstFactor.length);
      const b = present(tensors.get(`${module}.lora_B.weight`), `${module} has no second factor`);
      const [rank = 0, inputSize = 0] = a.shape;
      const { scale } = present(rankOf(spec, module), `${module} is not among the targets`);
      return {
        module,
        factors: { a: a.data, b: b.data, rank, inputSize, outputSize: b.shape[0] ?? 0 },
        scale,
        magnitude: tensors.get(`${module}.lora_magnitude_vector`)?.data ?? null,
      };
    });
}
