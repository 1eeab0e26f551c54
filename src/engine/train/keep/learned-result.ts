/** @file From a run's parameters to a learned adapter as plain data. */

import { emptyCard, type AdapterBase, type CardScore, type LearnedAdapter } from '../../../core/adapter/learned.ts';
import type { Parameter } from '../../../core/adapter/parameter.ts';
import { promptParameter } from '../../../core/adapter/soft-prompt.ts';
import { present } from '../../../core/error.ts';
import { parseWeightKey } from '../../../core/nn/weights.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';
import type { ValidationEvent } from '../events.ts';
import type { ParameterValues } from '../start/initial-values.ts';
import type { MethodOptions, TrainOptions } from '../options.ts';

/** What a result is made from. */
export interface ResultParts {
  readonly options: TrainOptions;
  readonly parameters: readonly Parameter[];
  readonly values: ParameterValues;
  readonly start: ParameterValues;
  /** What the run went on from; null where it began anew. */
  readonly startsFrom: LearnedAdapter | null;
  readonly base: AdapterBase;
  /** The look that the values are of; null where there was none. */
  readonly look: ValidationEvent | null;
}

/**
 * Gives what was learned, with a card that says how. Data and licence are those of the adapter that the run went on from; what comes to
 * them is the caller's to fill.
 */
export function learnedFrom(name: string, { options, parameters, values, start, startsFrom, base, look }: ResultParts): LearnedAdapter {
  const { method, prompt } = options;
  const tensors = new Map(
    parameters.map((parameter) => [parameter.name, float32(parameter.shape, present(values.get(parameter.name), parameter.name))] as const),
  );
  const first = start.get(promptParameter);
  const shape = parameters.find((parameter) => parameter.name === promptParameter)?.shape;
  const isFull = method.kind === 'full';
  const tokens = shape?.[0] ?? 0;
  return {
    name,
    spec: specOf(method, tokens),
    tensors: isFull ? new Map() : method.kind === 'prefix' && method.projectionSize !== null ? prefixOf(tensors) : tensors,
    replaced: isFull ? new Map([...tensors].map(([key, tensor]) => plainWeight(key, tensor))) : new Map(),
    placement: method.kind === 'prompt' ? method.placement : 'start',
    start: method.kind === 'prompt' && first && shape ? float32(shape, first) : null,
    base,
    card: {
      ...emptyCard,
      data: startsFrom?.card.data ?? '',
      licence: startsFrom?.card.licence ?? '',
      method: `${describeMethod(method, tokens)}${startsFrom ? `, ${describeStart(startsFrom)}` : ''}`,
      options: describeOptions(options),
      prompt: method.kind === 'prompt' && method.placement === 'prompt' ? '' : prompt.prompt,
      software: 'Caption Studio',
      scores: look ? scoresOf(look) : [],
      sample: look?.captions[0]?.caption ?? '',
    },
  };
}

function scoresOf({ cider, captions }: ValidationEvent): readonly CardScore[] {
  if (cider === null) return [];
  return [
    {
      metric: 'CIDEr-D',
      value: Number(cider.toFixed(3)),
      on: `${String(captions.length)} ${captions.length === 1 ? 'picture' : 'pictures'} kept from training`,
    },
  ];
}

function specOf(method: MethodOptions, tokens: number): LearnedAdapter['spec'] {
  switch (method.kind) {
    case 'full':
      return { kind: 'weights' };
    case 'prompt':
      return { kind: 'prompt', tokens };
    case 'prefix':
      return { kind: 'prefix', tokens: method.tokens, projectionSize: null };
    case 'lora':
    case 'dora':
      return method;
    default:
      return method satisfies never;
  }
}

/** A weight was learned in the form in which graphs read it; files hold it as checkpoints do. */
function plainWeight(key: string, tensor: Tensor<'float32'>): readonly [string, Tensor<'float32'>] {
  const { name, form } = parseWeightKey(key);
  if (form !== 'transposed') return [name, tensor];
  const [rows = 0, columns = 0] = tensor.shape;
  const turned = new Float32Array(tensor.data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = tensor.data[r * columns + c] ?? 0;
  return [name, float32([columns, rows], turned)];
}

/** Runs the network that made a prefix a last time: only its rows are needed from now on. */
function prefixOf(tensors: ReadonlyMap<string, Tensor<'float32'>>): ReadonlyMap<string, Tensor<'float32'>> {
  const layer = (x: Tensor<'float32'>, index: 0 | 2): Tensor<'float32'> => {
    const weight = present(tensors.get(`transform.${String(index)}.weight`), 'no weight');
    const bias = present(tensors.get(`transform.${String(index)}.bias`), 'no bias');
    const [rows = 0, inputs = 0] = x.shape;
    const [outputs = 0] = weight.shape;
    const y = new Float32Array(rows * outputs);
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias.data[o] ?? 0;
        for (let i = 0; i < inputs; i++) sum += (x.data[r * inputs + i] ?? 0) * (weight.data[o * inputs + i] ?? 0);
        y[r * outputs + o] = sum;
      }
    }
    return float32([rows, outputs], y);
  };
  const hidden = layer(present(tensors.get('embedding.weight'), 'no embedding'), 0);
  return new Map([[promptParameter, layer(float32(hidden.shape, hidden.data.map(Math.tanh)), 2)]]);
}

/** Tells a method in one line, as cards have it; `tokens` is the size of a soft prompt. */
export function describeMethod(method: MethodOptions, tokens: number): string {
  switch (method.kind) {
    case 'prompt':
      return `prompt learning, ${String(tokens)} tokens ${method.placement === 'start' ? 'before everything' : 'in the place of the prompt'}${method.initText === null ? '' : `, started from "${method.initText}"`}`;
    case 'prefix':
      return `prefix tuning, ${String(method.tokens)} tokens${method.projectionSize === null ? '' : `, made by a network of width ${String(method.projectionSize)}`}`;
    case 'lora':
    case 'dora':
      return `${method.kind === 'lora' ? 'LoRA' : 'DoRA'}, rank ${String(method.rank)}, alpha ${String(method.alpha)}`;
    case 'full':
      return method.tower === true ? 'full fine-tuning of decoder, projector and tower' : 'full fine-tuning of decoder and projector';
    default:
      return method satisfies never;
  }
}

/** Tells what a run went on from, in one line. */
function describeStart({ name, card }: LearnedAdapter): string {
  return `gone on from ${name}${card.method === '' ? '' : ` (${card.method})`}`;
}

function describeOptions(options: TrainOptions): string {
  const { optimizer, schedule, learningRate, length, batchPictures, accumulate, captionsPerPicture, seed } = options;
  const time = 'epochs' in length ? `${String(length.epochs)} epochs` : `${String(length.steps)} steps`;
  const batch = `${String(batchPictures * accumulate)} pictures with up to ${String(captionsPerPicture)} captions a step`;
  return `${optimizer.kind === 'sgd' ? 'SGD' : 'AdamW'}, ${schedule} rate from ${String(learningRate)}, ${time}, ${batch}, seed ${String(seed)}`;
}
