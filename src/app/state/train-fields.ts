/** @file The options of training that the screen shows: each with a name, one sentence, its range, and how it is read and set. */

import { decoderModules, type LowRankSpec } from '../../core/adapter/spec.ts';
import { optimizerOf, rateOf } from '../../engine/train/recipes.ts';
import type { MethodOptions, PrefixMethod, PromptMethod, TrainOptions } from '../../engine/train/options.ts';

interface FieldWords {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

/** A number, where empty may mean something. */
export interface NumberField extends FieldWords {
  readonly kind: 'number';
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** What an empty field means; without it one cannot be empty. */
  readonly empty?: string;
  readonly get: (options: TrainOptions) => number | null;
  readonly set: (options: TrainOptions, value: number | null) => TrainOptions;
}

/** One of a few. */
export interface ChoiceField extends FieldWords {
  readonly kind: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly get: (options: TrainOptions) => string;
  readonly set: (options: TrainOptions, value: string) => TrainOptions;
}

/** A line of text. */
export interface TextField extends FieldWords {
  readonly kind: 'text';
  readonly empty: string;
  readonly get: (options: TrainOptions) => string;
  readonly set: (options: TrainOptions, value: string) => TrainOptions;
}

/** A field of the form. */
export type TrainField = NumberField | ChoiceField | TextField;

const whole = { kind: 'number', isWhole: true } as const;
const real = { kind: 'number', isWhole: false } as const;

function withMethod<M extends MethodOptions>(options: TrainOptions, changes: Partial<M>): TrainOptions {
  return { ...options, method: { ...options.method, ...changes } };
}

function lowRank({ method }: TrainOptions): LowRankSpec | undefined {
  return method.kind === 'lora' || method.kind === 'dora' ? method : undefined;
}

const lowRankFields: readonly TrainField[] = [
  {
    ...whole,
    id: 'rank',
    label: 'Rank',
    hint: 'How many directions each layer may change in. More learns finer things and makes a larger file.',
    least: 1,
    most: 256,
    get: (options) => lowRank(options)?.rank ?? null,
    set: (options, value) => withMethod<LowRankSpec>(options, { rank: value ?? 8 }),
  },
  {
    ...real,
    id: 'alpha',
    label: 'Alpha',
    hint: 'How strongly the change counts, divided by the rank. Twice the rank is usual.',
    least: 0.01,
    most: 1024,
    get: (options) => lowRank(options)?.alpha ?? null,
    set: (options, value) => withMethod<LowRankSpec>(options, { alpha: value ?? 16 }),
  },
  {
    ...real,
    id: 'dropout',
    label: 'Dropout',
    hint: 'The share of inputs left out at each step. Helps against learning a small data set by heart.',
    least: 0,
    most: 0.9,
    get: (options) => lowRank(options)?.dropout ?? null,
    set: (options, value) => withMethod<LowRankSpec>(options, { dropout: value ?? 0 }),
  },
  {
    kind: 'choice',
    id: 'targets',
    label: 'Layers',
    hint: 'Which layers change: all of them, or attention alone, which halves the file.',
    choices: [
      { value: 'all', label: 'All' },
      { value: 'attention', label: 'Attention' },
    ],
    get: (options) => ((lowRank(options)?.targets.length ?? decoderModules.length) < decoderModules.length ? 'attention' : 'all'),
    set: (options, value) => withMethod<LowRankSpec>(options, { targets: value === 'all' ? decoderModules : decoderModules.slice(0, 4) }),
  },
];

const promptFields: readonly TrainField[] = [
  {
    kind: 'text',
    id: 'init-text',
    label: 'Starts from',
    hint: 'The learned tokens begin as this text, and as many as it has. A sentence that asks for what you want learns fastest.',
    empty: 'random tokens',
    get: ({ method }) => (method.kind === 'prompt' ? (method.initText ?? '') : ''),
    set: (options, value) =>
      withMethod<PromptMethod>(options, value.trim() === '' ? { initText: null, tokens: 16 } : { initText: value, tokens: null }),
  },
  {
    ...whole,
    id: 'tokens',
    label: 'Learned tokens',
    hint: 'How many; the text above is cut or repeated to fit.',
    least: 1,
    most: 256,
    empty: 'as many as the text has',
    get: ({ method }) => (method.kind === 'prompt' ? method.tokens : null),
    set: (options, value) => withMethod<PromptMethod>(options, { tokens: value }),
  },
  {
    kind: 'choice',
    id: 'placement',
    label: 'Place',
    hint: 'In the place of your instruction, or before everything, which is the only place that PEFT knows.',
    choices: [
      { value: 'prompt', label: 'Instead of the prompt' },
      { value: 'start', label: 'Before everything' },
    ],
    get: ({ method }) => (method.kind === 'prompt' ? method.placement : 'prompt'),
    set: (options, value) => withMethod<PromptMethod>(options, { placement: value === 'start' ? 'start' : 'prompt' }),
  },
];

const prefixFields: readonly TrainField[] = [
  {
    ...whole,
    id: 'prefix-tokens',
    label: 'Learned tokens',
    hint: 'How many each layer remembers. More is stronger, and takes as much of the context.',
    least: 1,
    most: 256,
    get: ({ method }) => (method.kind === 'prefix' ? method.tokens : null),
    set: (options, value) => withMethod<PrefixMethod>(options, { tokens: value ?? 16 }),
  },
  {
    ...whole,
    id: 'network',
    label: 'Network width',
    hint: 'A small network makes the prefix while it is learned, which can steady the training. Empty learns the prefix itself.',
    least: 1,
    most: 4096,
    empty: 'no network',
    get: ({ method }) => (method.kind === 'prefix' ? method.projectionSize : null),
    set: (options, value) => withMethod<PrefixMethod>(options, { projectionSize: value, ...(value !== null && { initText: null }) }),
  },
];

/** Gives the fields of a method. */
export function methodFields(kind: MethodOptions['kind']): readonly TrainField[] {
  switch (kind) {
    case 'lora':
    case 'dora':
      return lowRankFields;
    case 'prompt':
      return promptFields;
    case 'prefix':
      return prefixFields;
    case 'full':
      return [];
    default:
      return kind satisfies never;
  }
}

/** What most people look at. */
export const mainFields: readonly TrainField[] = [
  {
    ...real,
    id: 'epochs',
    label: 'Epochs',
    hint: 'Times through the data. Few pictures need more, many need fewer.',
    least: 0.1,
    most: 1000,
    get: ({ length }) => ('epochs' in length ? length.epochs : null),
    set: (options, value) => ({ ...options, length: { epochs: value ?? 2 } }),
  },
  {
    ...real,
    id: 'rate',
    label: 'Learning rate',
    hint: 'How far each step goes. Where the loss explodes, divide it by three; where nothing is learned, multiply it by three.',
    least: 1e-7,
    most: 10,
    get: ({ learningRate }) => learningRate,
    set: (options, value) => ({ ...options, learningRate: value ?? rateOf(options.method.kind, options.optimizer.kind) }),
  },
  {
    ...whole,
    id: 'batch',
    label: 'Pictures a step',
    hint: 'Learned side by side. Fewer take less memory.',
    least: 1,
    most: 256,
    get: ({ batchPictures }) => batchPictures,
    set: (options, value) => ({ ...options, batchPictures: value ?? 8 }),
  },
];

/** Everything else. */
export const moreFields: readonly TrainField[] = [
  {
    kind: 'choice',
    id: 'optimizer',
    label: 'Optimiser',
    hint: 'AdamW suits nearly everything; SGD with momentum is what the paper used.',
    choices: [
      { value: 'adamw', label: 'AdamW' },
      { value: 'sgd', label: 'SGD' },
    ],
    get: ({ optimizer }) => optimizer.kind,
    set: (options, value) => {
      const kind = value === 'sgd' ? 'sgd' : 'adamw';
      return { ...options, optimizer: optimizerOf(kind), learningRate: rateOf(options.method.kind, kind) };
    },
  },
  {
    kind: 'choice',
    id: 'schedule',
    label: 'Schedule',
    hint: 'How the rate falls over the run.',
    choices: [
      { value: 'cosine', label: 'Cosine' },
      { value: 'linear', label: 'Linear' },
      { value: 'constant', label: 'Constant' },
    ],
    get: ({ schedule }) => schedule,
    set: (options, value) => ({ ...options, schedule: value === 'linear' || value === 'constant' ? value : 'cosine' }),
  },
  {
    ...real,
    id: 'warmup',
    label: 'Warm-up',
    hint: 'The share of all steps in which the rate grows from nothing.',
    least: 0,
    most: 1,
    get: ({ warmupShare }) => warmupShare,
    set: (options, value) => ({ ...options, warmupShare: value ?? 0 }),
  },
  {
    ...whole,
    id: 'accumulate',
    label: 'Batches a step',
    hint: 'So many batches make one step: the effect of a larger batch in the memory of a small one.',
    least: 1,
    most: 64,
    get: ({ accumulate }) => accumulate,
    set: (options, value) => ({ ...options, accumulate: value ?? 1 }),
  },
  {
    ...real,
    id: 'clip',
    label: 'Clip gradients',
    hint: 'The longest that all gradients together may be; longer ones are shortened.',
    least: 0.001,
    most: 1000,
    empty: 'off',
    get: ({ clip }) => clip,
    set: (options, value) => ({ ...options, clip: value }),
  },
  {
    ...real,
    id: 'smoothing',
    label: 'Label smoothing',
    hint: 'The share of certainty that is spread over all tokens.',
    least: 0,
    most: 0.9,
    get: ({ smoothing }) => smoothing,
    set: (options, value) => ({ ...options, smoothing: value ?? 0 }),
  },
  {
    ...whole,
    id: 'caption-tokens',
    label: 'Longest caption',
    hint: 'In tokens; longer captions are cut there.',
    least: 2,
    most: 1024,
    get: ({ maxCaptionTokens }) => maxCaptionTokens,
    set: (options, value) => ({ ...options, maxCaptionTokens: value ?? 64 }),
  },
  {
    ...whole,
    id: 'patience',
    label: 'Stop early after',
    hint: 'So many looks at the validation pictures without a better score. Empty goes on to the end.',
    least: 1,
    most: 100,
    empty: 'never',
    get: ({ validation }) => validation.patience,
    set: (options, value) => ({ ...options, validation: { ...options.validation, patience: value } }),
  },
  {
    ...real,
    id: 'looks',
    label: 'Looks an epoch',
    hint: 'How often the validation pictures are captioned and scored.',
    least: 0.1,
    most: 20,
    get: ({ validation }) => validation.timesPerEpoch,
    set: (options, value) => ({ ...options, validation: { ...options.validation, timesPerEpoch: value ?? 1 } }),
  },
  {
    ...whole,
    id: 'seed',
    label: 'Seed',
    hint: 'The same seed, data and options give the same numbers.',
    least: 0,
    most: 2 ** 31,
    get: ({ seed }) => seed,
    set: (options, value) => ({ ...options, seed: value ?? 1 }),
  },
];

/** Says what is wrong with a number; undefined where nothing is. */
export function troubleOf(field: TrainField, options: TrainOptions): string | undefined {
  if (field.kind !== 'number') return undefined;
  const value = field.get(options);
  if (value === null) return undefined;
  if (!Number.isFinite(value) || value < field.least || value > field.most)
    return `${field.label} goes from ${String(field.least)} to ${String(field.most)}`;
  return field.isWhole && !Number.isInteger(value) ? `${field.label} is a whole number` : undefined;
}
