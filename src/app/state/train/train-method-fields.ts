/** @file The options of each method that the screen shows. */

import { decoderModules, type LowRankSpec } from '../../../core/adapter/spec.ts';
import type { FullMethod, MethodOptions, PrefixMethod, PromptMethod, TrainOptions } from '../../../engine/train/options.ts';
import type { NumberField, NumberWords, TrainField } from './train-field.ts';

function withMethod<M extends MethodOptions>(options: TrainOptions, changes: Partial<M>): TrainOptions {
  return { ...options, method: { ...options.method, ...changes } };
}

function lowRank({ method }: TrainOptions): LowRankSpec | undefined {
  return method.kind === 'lora' || method.kind === 'dora' ? method : undefined;
}

/** Makes the field of a number of LoRA and DoRA; `fallback` is what an empty field means. */
function lowRankNumber(key: 'rank' | 'alpha' | 'dropout', fallback: number, words: NumberWords): NumberField {
  return {
    ...words,
    kind: 'number',
    get: (options) => lowRank(options)?.[key] ?? null,
    set: (options, value) => withMethod<LowRankSpec>(options, { [key]: value ?? fallback }),
  };
}

const lowRankFields: readonly TrainField[] = [
  lowRankNumber('rank', 8, {
    isWhole: true,
    id: 'rank',
    label: 'Rank',
    hint: 'How many directions each layer may change in. More learns finer things and makes a larger file.',
    least: 1,
    most: 256,
  }),
  lowRankNumber('alpha', 16, {
    isWhole: false,
    id: 'alpha',
    label: 'Alpha',
    hint: 'How strongly the change counts, divided by the rank. Twice the rank is usual.',
    least: 0.01,
    most: 1024,
  }),
  lowRankNumber('dropout', 0, {
    isWhole: false,
    id: 'dropout',
    label: 'Dropout',
    hint: 'The share of inputs left out at each step. Helps against learning a small data set by heart.',
    least: 0,
    most: 0.9,
  }),
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
    hint: 'The learned tokens begin as this text, and as many as it has. A sentence that asks for what you want learns fastest; {system} {prompt} is what is asked below, as in the paper.',
    empty: 'random tokens',
    get: ({ method }) => (method.kind === 'prompt' ? (method.initText ?? '') : ''),
    set: (options, value) =>
      withMethod<PromptMethod>(options, value.trim() === '' ? { initText: null, tokens: 16 } : { initText: value, tokens: null }),
  },
  {
    kind: 'number',
    isWhole: true,
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
    kind: 'number',
    isWhole: true,
    id: 'prefix-tokens',
    label: 'Learned tokens',
    hint: 'How many each layer remembers. More is stronger, and takes as much of the context.',
    least: 1,
    most: 256,
    get: ({ method }) => (method.kind === 'prefix' ? method.tokens : null),
    set: (options, value) => withMethod<PrefixMethod>(options, { tokens: value ?? 16 }),
  },
  {
    kind: 'number',
    isWhole: true,
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

const fullFields: readonly TrainField[] = [
  {
    kind: 'flag',
    id: 'tower',
    label: 'The tower learns too',
    hint: 'Teaches it to see as well. Each step then looks at its pictures again, which takes several times the memory and the time.',
    get: ({ method }) => method.kind === 'full' && method.tower === true,
    set: (options, value) => withMethod<FullMethod>(options, { tower: value }),
  },
];

/** Gives what of a method is still free where it goes on from a style: all that shapes it is the style's own. */
export function fieldsToGoOn(kind: MethodOptions['kind']): readonly TrainField[] {
  return methodFields(kind).filter(({ id }) => id === 'dropout');
}

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
      return fullFields;
    default:
      return kind satisfies never;
  }
}
