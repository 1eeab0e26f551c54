/** @file Several LoRAs as one: their weighted sum, exactly, with their factors side by side. */

import { emptyCard, type AdapterBase, type AdapterCard, type LearnedAdapter } from '../../core/adapter/learned.ts';
import { StudioError } from '../../core/error.ts';
import { transposeMatrix } from '../../core/tensor/matrix.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import { checkCombination, type WornAdapter } from './combine.ts';
import { factsOf } from './facts.ts';
import { lowRankModules, type LowRankModule } from './low-rank.ts';

/** A module's change and its share of the sum. */
interface WeightedModule extends LowRankModule {
  readonly owner: string;
  readonly weight: number;
}

/**
 * Makes one LoRA of several: W + Σ weight · scale · B A. The scales and weights go into A, ranks add up, and alpha is the rank, so that what
 * comes out has a scale of 1.
 *
 * @throws {StudioError} 'argument-invalid' for other kinds, weights outside of 0 to 2 and fewer than two, 'adapter-mismatch' where shapes differ
 * @source peft 0.21.2, LoraModel.add_weighted_adapter with combination_type 'cat'
 */
export function blendAdapters(parts: readonly WornAdapter[], name: string): LearnedAdapter {
  if (parts.length < 2) throw new StudioError('argument-invalid', 'a blend needs two LoRAs or more');
  checkCombination(parts);
  const changes = parts.flatMap(({ adapter, scale }) =>
    lowRankModules(adapter).map((change): WeightedModule => ({ ...change, owner: adapter.name, weight: scale })),
  );
  const modules = [...new Set(changes.map(({ module }) => module))];
  const ranks = new Map<string, number>();
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const module of modules) {
    const joined = joinChanges(changes.filter((change) => change.module === module));
    tensors.set(`${module}.lora_A.weight`, joined.a);
    tensors.set(`${module}.lora_B.weight`, joined.b);
    ranks.set(module, joined.rank);
  }
  const rank = Math.max(...ranks.values());
  const others = Object.fromEntries(
    [...ranks].filter(([, own]) => own !== rank).map(([module, own]) => [module.replaceAll('.', '\\.'), own]),
  );
  return {
    name,
    spec: {
      kind: 'lora',
      rank,
      alpha: rank,
      isRankStabilized: false,
      targets: modules,
      dropout: 0,
      rankPattern: others,
      alphaPattern: others,
    },
    tensors,
    replaced: new Map(parts.flatMap(({ adapter }) => [...adapter.replaced])),
    placement: 'start',
    start: null,
    base: commonBase(parts),
    card: blendCard(parts),
  };
}

/** @shape → a [ΣR, K], b [N, ΣR] */
function joinChanges(changes: readonly WeightedModule[]): {
  readonly a: Tensor<'float32'>;
  readonly b: Tensor<'float32'>;
  readonly rank: number;
} {
  const [first] = changes;
  if (!first) throw new StudioError('internal', 'internal: nothing to blend');
  const { inputSize, outputSize } = first.factors;
  const rank = changes.reduce((sum, { factors }) => sum + factors.rank, 0);
  const down = new Float32Array(rank * inputSize);
  const up = new Float32Array(rank * outputSize); // [ΣR, N]
  let row = 0;
  for (const { module, owner, factors, scale, weight } of changes) {
    if (factors.inputSize !== inputSize || factors.outputSize !== outputSize)
      throw new StudioError(
        'adapter-mismatch',
        `${owner}: ${module} changes [${String(factors.outputSize)}, ${String(factors.inputSize)}], ${first.owner} changes [${String(outputSize)}, ${String(inputSize)}]; they were made for different models`,
      );
    down.set(
      factors.a.map((value) => value * weight * scale),
      row * inputSize,
    );
    up.set(transposeMatrix(factors.b, outputSize, factors.rank), row * outputSize);
    row += factors.rank;
  }
  return { a: float32([rank, inputSize], down), b: float32([outputSize, rank], transposeMatrix(up, rank, outputSize)), rank };
}

/** The base that all name; unknown where they do not name the same. */
function commonBase(parts: readonly WornAdapter[]): AdapterBase {
  const bases = parts.map(({ adapter }) => adapter.base);
  const same = <K extends keyof AdapterBase>(field: K): AdapterBase[K] | null => {
    const [first, ...others] = bases.map((base) => base[field]);
    return first !== undefined && others.every((other) => other === first) ? first : null;
  };
  return { name: same('name') ?? '', revision: same('revision'), digest: same('digest') };
}

function blendCard(parts: readonly WornAdapter[]): AdapterCard {
  const cards = parts.map(({ adapter }) => adapter.card);
  const told = (field: 'data' | 'licence' | 'prompt'): readonly string[] =>
    [...new Set(cards.map((card) => card[field]))].filter((words) => words !== '');
  const [prompt = '', ...otherPrompts] = told('prompt');
  return {
    ...emptyCard,
    data: told('data').join('; '),
    method: `weighted sum: ${parts.map(({ adapter, scale }) => `${String(scale)} × ${adapter.name} (${factsOf(adapter)})`).join(' + ')}`,
    prompt: otherPrompts.length === 0 ? prompt : '',
    licence: told('licence').join(' and '),
    software: 'Caption Studio',
  };
}
