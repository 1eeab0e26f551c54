/** @file What `train` is told, as training options. */

import { decoderModules } from '../../core/adapter/spec.ts';
import { StudioError } from '../../core/error.ts';
import type { OptimizerSpec } from '../../core/optim/optimizers.ts';
import type { Schedule } from '../../core/optim/schedule.ts';
import type { MethodKind, MethodOptions, TrainOptions } from '../../engine/train/options.ts';
import { methodDefaults, optimizerOf, rateOf, recipeOptions, type RecipeName } from '../../engine/train/recipes.ts';
import { promptOf } from '../caption/caption-flags.ts';

/** Options as they are typed. */
export interface TrainFlags {
  readonly images: readonly string[];
  readonly captions?: string;
  readonly model?: string;
  /** A folder or zip with the adapter to go on from. */
  readonly from?: string;
  /** What the adapter of `from` was learned with, or a LoRA. */
  readonly method?: MethodKind;
  readonly recipe: RecipeName;
  readonly prompt: string;
  readonly system: string;
  readonly tokens?: number;
  readonly initText?: string;
  readonly placement?: 'start' | 'prompt';
  readonly network?: number;
  readonly rank?: number;
  readonly alpha?: number;
  readonly rslora?: boolean;
  readonly dropout?: number;
  readonly targets?: string;
  readonly tower?: boolean;
  readonly optimizer?: OptimizerSpec['kind'];
  readonly lr?: number;
  readonly nesterov?: boolean;
  readonly schedule?: Schedule['kind'];
  readonly warmup?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly perPicture?: number;
  readonly maxTokens?: number;
  readonly clip?: number;
  readonly smoothing?: number;
  readonly seed: number;
  readonly valid: string;
  readonly looks?: number;
  readonly scored?: number;
  readonly patience?: number;
  readonly limit?: number;
  readonly resume?: boolean;
  /** Whether a style that lies in `out` is written over. */
  readonly force?: boolean;
  readonly log?: string;
  readonly cache?: string;
  readonly name?: string;
  readonly data?: string;
  readonly licence?: string;
  readonly out: string;
}

/**
 * Joins what was typed with a recipe.
 *
 * @param own the method of the adapter that it goes on from; options that contradict it are refused when the run is opened
 * @throws {StudioError} 'argument-invalid' for an option that the method does not have
 */
export function trainOptionsOf(flags: TrainFlags, own: MethodOptions | null = null): TrainOptions {
  const method = methodOf(flags, own);
  const recipe = recipeOptions(flags.recipe, method);
  const optimizer = optimizerFrom(flags, recipe.optimizer);
  if (flags.epochs !== undefined && flags.steps !== undefined)
    throw new StudioError('argument-invalid', 'train: give either --epochs or --steps');
  return {
    ...recipe,
    prompt: { system: flags.system, prompt: promptOf(flags.prompt) },
    optimizer,
    schedule: flags.schedule ?? recipe.schedule,
    learningRate: flags.lr ?? rateOf(method.kind, optimizer.kind),
    warmupShare: flags.warmup ?? recipe.warmupShare,
    length: flags.steps === undefined ? (flags.epochs === undefined ? recipe.length : { epochs: flags.epochs }) : { steps: flags.steps },
    batchPictures: flags.batch ?? recipe.batchPictures,
    accumulate: flags.accumulate ?? recipe.accumulate,
    captionsPerPicture: flags.perPicture ?? recipe.captionsPerPicture,
    maxCaptionTokens: flags.maxTokens ?? recipe.maxCaptionTokens,
    clip: flags.clip === undefined ? recipe.clip : flags.clip === 0 ? null : flags.clip,
    smoothing: flags.smoothing ?? recipe.smoothing,
    seed: flags.seed,
    validation: {
      ...recipe.validation,
      timesPerEpoch: flags.looks ?? recipe.validation.timesPerEpoch,
      scoredPictures: flags.scored ?? recipe.validation.scoredPictures,
      patience: flags.patience ?? recipe.validation.patience,
    },
  };
}

/** Options that only some methods have, by the names that are typed. */
const methodFlags = {
  tokens: ['prompt', 'prefix'],
  initText: ['prompt', 'prefix'],
  placement: ['prompt'],
  network: ['prefix'],
  rank: ['lora', 'dora'],
  alpha: ['lora', 'dora'],
  rslora: ['lora', 'dora'],
  dropout: ['lora', 'dora'],
  targets: ['lora', 'dora'],
  tower: ['full'],
} as const satisfies Partial<Record<keyof TrainFlags, readonly MethodKind[]>>;

function methodOf(flags: TrainFlags, own: MethodOptions | null): MethodOptions {
  const kind = flags.method ?? own?.kind ?? 'lora';
  for (const [flag, methods] of Object.entries(methodFlags) as [keyof typeof methodFlags, readonly MethodKind[]][]) {
    if (flags[flag] === undefined || methods.includes(kind)) continue;
    const typed = flag.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
    throw new StudioError('argument-invalid', `train: --${typed} goes with ${methods.join(' and ')}, not with ${kind}`);
  }
  const isOwn = own?.kind === kind;
  const start = isOwn ? own : methodDefaults[kind];
  switch (start.kind) {
    case 'prompt': {
      const initText = flags.initText === undefined ? start.initText : textOrNone(flags.initText);
      return {
        ...start,
        initText,
        tokens: flags.tokens ?? (isOwn ? start.tokens : initText === null ? 16 : null),
        placement: flags.placement ?? start.placement,
      };
    }
    case 'prefix': {
      const initText = flags.initText === undefined ? start.initText : textOrNone(flags.initText);
      return { ...start, initText, tokens: flags.tokens ?? start.tokens, projectionSize: flags.network ?? start.projectionSize };
    }
    case 'lora':
    case 'dora':
      return {
        ...start,
        rank: flags.rank ?? start.rank,
        alpha: flags.alpha ?? (isOwn ? start.alpha : 2 * (flags.rank ?? start.rank)),
        isRankStabilized: flags.rslora ?? start.isRankStabilized,
        dropout: flags.dropout ?? start.dropout,
        targets: flags.targets === undefined ? start.targets : readTargets(flags.targets),
      };
    case 'full':
      return flags.tower === true ? { ...start, tower: true } : start;
    default:
      return start satisfies never;
  }
}

function optimizerFrom({ optimizer, nesterov }: TrainFlags, own: OptimizerSpec): OptimizerSpec {
  const chosen = optimizer === undefined ? own : optimizerOf(optimizer);
  if (nesterov !== true) return chosen;
  if (chosen.kind !== 'sgd')
    throw new StudioError('argument-invalid', `train: --nesterov goes with --optimizer sgd, not with ${chosen.kind}`);
  return { ...chosen, nesterov: true };
}

function textOrNone(text: string): string | null {
  return text === '' ? null : promptOf(text);
}

function readTargets(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = decoderModules;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new StudioError('argument-invalid', `train: --targets knows ${decoderModules.join(', ')}; got "${unknown}"`);
  return names;
}
