/** @file Ways to train that were measured: starting points for the screen and the command line. */

import { adamwDefaults } from '../../core/optim/adamw.ts';
import { decoderModules } from '../../core/adapter/spec.ts';
import type { OptimizerSpec } from '../../core/optim/optimizers.ts';
import type { MethodKind, MethodOptions, TrainOptions } from './options.ts';

/** Two recipes: the one that was published with prompt learning, and the one that does best here. */
export type RecipeName = 'ours' | 'paper';

/** Good beginnings of each method. */
export const methodDefaults: Readonly<Record<MethodKind, MethodOptions>> = {
  prompt: { kind: 'prompt', tokens: null, initText: 'Describe the image in detail.', placement: 'prompt' },
  prefix: { kind: 'prefix', tokens: 16, projectionSize: null, initText: null },
  lora: { kind: 'lora', rank: 8, alpha: 16, isRankStabilized: false, targets: decoderModules, dropout: 0 },
  dora: { kind: 'dora', rank: 8, alpha: 16, isRankStabilized: false, targets: decoderModules, dropout: 0 },
  full: { kind: 'full' },
};

/** Rates that the embedded model learned well with under AdamW; docs/experiments.md has the table. */
const adamwRates: Readonly<Record<MethodKind, number>> = { prompt: 1e-2, prefix: 1e-2, lora: 1e-3, dora: 1e-3, full: 1e-4 };
/** The same for SGD with momentum; that of prompts was tried, the others are its neighbours by the length of gradients. */
const sgdRates: Readonly<Record<MethodKind, number>> = { prompt: 1, prefix: 1, lora: 1e-1, dora: 1e-1, full: 1e-2 };

/** Gives the constants of an optimiser. */
export function optimizerOf(kind: OptimizerSpec['kind']): OptimizerSpec {
  return kind === 'sgd' ? { kind, momentum: 0.9, nesterov: false, weightDecay: 0 } : { kind, ...adamwDefaults };
}

/** Gives the learning rate that suits a method under an optimiser. */
export function rateOf(method: MethodKind, optimizer: OptimizerSpec['kind']): number {
  return (optimizer === 'sgd' ? sgdRates : adamwRates)[method];
}

/** Gives all options of a recipe for a method. */
export function recipeOptions(recipe: RecipeName, method: MethodOptions): TrainOptions {
  const kind = recipe === 'paper' ? 'sgd' : 'adamw';
  return {
    method,
    prompt: { system: '', prompt: 'Provide a one-sentence caption for the provided image.' },
    optimizer: optimizerOf(kind),
    schedule: 'cosine',
    learningRate: rateOf(method.kind, kind),
    warmupShare: recipe === 'paper' ? 0 : 0.05,
    length: { epochs: recipe === 'paper' ? 4 : 2 },
    batchPictures: 8,
    accumulate: 1,
    captionsPerPicture: 5,
    maxCaptionTokens: 64,
    clip: recipe === 'paper' ? null : 1,
    smoothing: 0,
    seed: 1,
    validation: { timesPerEpoch: 2, scoredPictures: 100, maxNewTokens: 64, patience: null },
    checkpointSeconds: 60,
  };
}
