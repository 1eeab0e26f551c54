/** @file The options of training that hold for every method. */

import { optimizerOf, rateOf } from '../../../engine/train/recipes.ts';
import { numberAt, type TrainField } from './train-field.ts';

/** What most people look at. */
export const mainFields: readonly TrainField[] = [
  {
    kind: 'number',
    isWhole: false,
    id: 'epochs',
    label: 'Epochs',
    hint: 'Times through the data. Few pictures need more, many need fewer.',
    least: 0.1,
    most: 1000,
    get: ({ length }) => ('epochs' in length ? length.epochs : null),
    set: (options, value) => ({ ...options, length: { epochs: value ?? 2 } }),
  },
  {
    kind: 'number',
    isWhole: false,
    id: 'rate',
    label: 'Learning rate',
    hint: 'How far each step goes. Where the loss explodes, divide it by three; where nothing is learned, multiply it by three.',
    least: 1e-7,
    most: 10,
    get: ({ learningRate }) => learningRate,
    set: (options, value) => ({ ...options, learningRate: value ?? rateOf(options.method.kind, options.optimizer.kind) }),
  },
  numberAt('batchPictures', 8, {
    isWhole: true,
    id: 'batch',
    label: 'Pictures a step',
    hint: 'Learned side by side. Fewer take less memory.',
    least: 1,
    most: 256,
  }),
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
      { value: 'nesterov', label: 'SGD, Nesterov' },
    ],
    get: ({ optimizer }) => (optimizer.kind === 'sgd' && optimizer.nesterov ? 'nesterov' : optimizer.kind),
    set: (options, value) => {
      const plain = optimizerOf(value === 'adamw' ? 'adamw' : 'sgd');
      const optimizer = plain.kind === 'sgd' ? { ...plain, nesterov: value === 'nesterov' } : plain;
      return { ...options, optimizer, learningRate: rateOf(options.method.kind, optimizer.kind) };
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
  numberAt('warmupShare', 0, {
    isWhole: false,
    id: 'warmup',
    label: 'Warm-up',
    hint: 'The share of all steps in which the rate grows from nothing.',
    least: 0,
    most: 1,
  }),
  numberAt('accumulate', 1, {
    isWhole: true,
    id: 'accumulate',
    label: 'Batches a step',
    hint: 'So many batches make one step: the effect of a larger batch in the memory of a small one.',
    least: 1,
    most: 64,
  }),
  {
    kind: 'number',
    isWhole: false,
    id: 'clip',
    label: 'Clip gradients',
    hint: 'The longest that all gradients together may be; longer ones are shortened.',
    least: 0.001,
    most: 1000,
    empty: 'off',
    get: ({ clip }) => clip,
    set: (options, value) => ({ ...options, clip: value }),
  },
  numberAt('smoothing', 0, {
    isWhole: false,
    id: 'smoothing',
    label: 'Label smoothing',
    hint: 'The share of certainty that is spread over all tokens.',
    least: 0,
    most: 0.9,
  }),
  numberAt('maxCaptionTokens', 64, {
    isWhole: true,
    id: 'caption-tokens',
    label: 'Longest caption',
    hint: 'In tokens; longer captions are cut there.',
    least: 2,
    most: 1024,
  }),
  {
    kind: 'number',
    isWhole: true,
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
    kind: 'number',
    isWhole: false,
    id: 'looks',
    label: 'Looks an epoch',
    hint: 'How often the validation pictures are captioned and scored.',
    least: 0.1,
    most: 20,
    get: ({ validation }) => validation.timesPerEpoch,
    set: (options, value) => ({ ...options, validation: { ...options.validation, timesPerEpoch: value ?? 1 } }),
  },
  numberAt('seed', 1, {
    isWhole: true,
    id: 'seed',
    label: 'Seed',
    hint: 'The same seed, data and options give the same numbers.',
    least: 0,
    most: 2 ** 31,
  }),
];
