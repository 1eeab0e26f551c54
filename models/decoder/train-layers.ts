/** @file A training step cut at its layers: small graphs whose values are computed again going back, so that memory does not grow with depth. */

import { makeAdapter, type AdapterHost } from '../../src/core/adapter/adapters.ts';
import { keepAll, makeDropout, type DropInputs } from '../../src/core/adapter/dropout.ts';
import type { DeclareParameter, Parameter } from '../../src/core/adapter/parameter.ts';
import { declarePrefix, prefixKeyValues } from '../../src/core/adapter/prefix.ts';
import type { AdapterSpec } from '../../src/core/adapter/spec.ts';
import { declareSoftPrompt } from '../../src/core/adapter/soft-prompt.ts';
import { backward } from '../../src/core/autodiff/backward.ts';
import { present } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import { detach } from '../../src/core/graph/detach.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { add, concat, gather, mul, reduceSum, reshape, slice } from '../../src/core/graph/math.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { project } from '../../src/core/nn/linear.ts';
import { crossEntropy } from '../../src/core/nn/loss.ts';
import { accumulate } from '../../src/core/optim/clip.ts';
import type { DecoderConfig } from './config.ts';
import { decoderContext, decoderLayer, finalNorm, headTable } from './layer.ts';
import { declarePlaces, spliceRows } from './splice.ts';
import { branchBias, noiseName, type TrainedModel, type TrainingPlan } from './train-forward.ts';
import { nextName, sumName, type TrainingGraph } from './train-step.ts';

/** What the graphs of layers are built for: full fine-tuning has no such form, since it learns what lies between them. */
export type LayeredPlan = Omit<TrainingPlan, 'method'> & { readonly method: AdapterSpec };

/** Gives the name of a layer's share of the prefix. @shape [T, 2 · keyValueHeads · D] */
export const prefixName = (layer: number): string => `prefix.${String(layer)}`;

/** Builds what stands before the layers. Inputs: places, rows, parameters of prompt or prefix. Outputs: `x` [B, S, E] and each layer's prefix. */
export function startForward(trained: TrainedModel, plan: LayeredPlan): Graph {
  const g = new GraphBuilder('train-start');
  return g.finish(startValues(g, trained, plan, () => undefined));
}

/**
 * Builds the way back through it, or gives null where nothing is learned there. Inputs: those of `startForward`, `d.x` and each layer's
 * `d.prefix.…`, the sums of gradients. Outputs: the sums, longer by this batch.
 */
export function startBackward(trained: TrainedModel, plan: LayeredPlan): TrainingGraph | null {
  const g = new GraphBuilder('train-start-back');
  const learned: Learned[] = [];
  const outputs = startValues(g, trained, plan, (entry) => learned.push(entry));
  if (learned.length === 0) return null;
  const pulled = Object.entries(outputs).filter(([name]) => plan.method.kind === (name === 'x' ? 'prompt' : 'prefix'));
  return finishBackward(g, learned, { outputs: Object.fromEntries(pulled), wanted: null });
}

/** Builds one layer. Inputs: `x`, rotation, `visible_until`, the layer's prefix and parameters. Output: `x`. */
export function layerForward(trained: TrainedModel, plan: LayeredPlan, layer: number): Graph {
  const g = new GraphBuilder('train-layer');
  return g.finish({ 'next.x': layerValue(g, trained, { plan, layer, learn: () => undefined }).x });
}

/** Builds the way back through one layer, which is computed again first. Inputs: those of `layerForward`, `d.x`, sums. Outputs: `next.d.x`, `d.prefix`, sums. */
export function layerBackward(trained: TrainedModel, plan: LayeredPlan, layer: number): TrainingGraph {
  const g = new GraphBuilder('train-layer-back');
  const learned: Learned[] = [];
  const { x, input, prefix } = layerValue(g, trained, { plan, layer, learn: (entry) => learned.push(entry) });
  return finishBackward(g, learned, { outputs: { x }, wanted: { 'next.d.x': input, ...(prefix ? { 'd.prefix': prefix } : {}) } });
}

/** Builds the end: `x` and labels in, `loss` and `d.x` out. */
export function headGraph({ model, catalog }: TrainedModel, { sizes, smoothing }: LayeredPlan): Graph {
  const g = new GraphBuilder('train-head');
  const context = decoderContext(g, model.decoder, catalog, nullAdapter);
  const x = g.input('x', 'float32', [sizes.batch, sizes.length, model.decoder.hiddenSize]);
  const flat = reshape(g, x, [sizes.batch * sizes.length, model.decoder.hiddenSize]);
  const chosen = gather(g, flat, g.input('label_places', 'int32', [sizes.labels]));
  const logits = project(context, headTable(model.decoder), finalNorm(context, chosen));
  const labels = g.input('labels', 'int32', [sizes.labels]);
  const loss = crossEntropy(g, logits, { labels, tokenCount: g.input('token_count', 'float32', []), smoothing });
  return g.finish({ loss, 'd.x': present(backward(g, loss, [x])[0], 'no gradient') });
}

interface Learned {
  readonly parameter: Parameter;
  readonly value: Value;
}

type Learn = (entry: Learned) => void;

function declarer(g: GraphBuilder, learn: Learn): DeclareParameter {
  return (parameter) => {
    const value = g.input(parameter.name, 'float32', parameter.shape);
    learn({ parameter, value });
    return value;
  };
}

function startValues(
  g: GraphBuilder,
  { model, catalog }: TrainedModel,
  { method, sizes }: LayeredPlan,
  learn: Learn,
): Record<string, Value> {
  const { decoder } = model;
  const { batch, length, pictures, rowsPerPicture } = sizes;
  const declare = declarer(g, learn);
  const context = decoderContext(g, decoder, catalog, nullAdapter);
  const flat = reshape(g, g.input('rows', 'float32', [pictures, rowsPerPicture, decoder.hiddenSize]), [
    pictures * rowsPerPicture,
    decoder.hiddenSize,
  ]);
  const rows = method.kind === 'prompt' ? concat(g, [flat, declareSoftPrompt(method, declare, decoder.hiddenSize)], 0) : flat;
  const outputs: Record<string, Value> = { x: spliceRows(context, declarePlaces(g, [batch, length]), rows) };
  if (method.kind !== 'prefix') return outputs;
  const prefix = declarePrefix(g, method, declare, decoder);
  const width = prefixWidth(decoder);
  for (let layer = 0; layer < decoder.layers; layer++)
    outputs[prefixName(layer)] = slice(g, prefix, { axis: 1, start: layer * width, end: (layer + 1) * width });
  return outputs;
}

function prefixWidth({ keyValueHeads, headWidth }: DecoderConfig): number {
  return 2 * keyValueHeads * headWidth;
}

interface LayerParts {
  readonly plan: LayeredPlan;
  readonly layer: number;
  readonly learn: Learn;
}

function layerValue(
  g: GraphBuilder,
  { model, catalog }: TrainedModel,
  { plan, layer, learn }: LayerParts,
): { readonly x: Value; readonly input: Value; readonly prefix: Value | null } {
  const { decoder } = model;
  const { method, sizes } = plan;
  const { batch, length } = sizes;
  const input = g.input('x', 'float32', [batch, length, decoder.hiddenSize]);
  const half = [batch, length, decoder.headWidth / 2];
  const turn = { cos: g.input('rotation_cos', 'float32', half), sin: g.input('rotation_sin', 'float32', half) };
  const prefixTokens = method.kind === 'prefix' ? method.tokens : 0;
  const prefix = method.kind === 'prefix' ? g.input('prefix', 'float32', [prefixTokens, prefixWidth(decoder)]) : null;
  const past = prefix ? prefixKeyValues(g, prefix, { ...decoder, layers: 1, batch })[0] : undefined;
  const bias = branchBias(g, { batch, length, prefixTokens });
  const host: AdapterHost = { g, declare: declarer(g, learn), drop: dropOf(g, plan), sizes: decoder };
  const layers = method.kind === 'lora' || method.kind === 'dora' ? makeAdapter(method, host).layers : nullAdapter;
  const context = decoderContext(g, decoder, catalog, layers);
  return { x: decoderLayer(context, layer, input, { turn, bias, past: past ?? null }).x, input, prefix };
}

function dropOf(g: GraphBuilder, { method, sizes }: LayeredPlan): DropInputs {
  if (!('dropout' in method)) return keepAll;
  const noises = new Map<number, Value>();
  return makeDropout(method.dropout, (x) => {
    const width = Number(x.shape.at(-1));
    const noise = noises.get(width) ?? g.input(noiseName(width), 'float32', [sizes.batch, sizes.length, width]);
    noises.set(width, noise);
    return noise;
  });
}

interface Pull {
  /** What gradients `d.NAME` come in for. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Values whose gradients go out. */
  readonly wanted: Readonly<Record<string, Value>> | null;
}

/** Pulls the gradients of outputs back: they are those of the sum of each output times its gradient, held fixed. */
function finishBackward(g: GraphBuilder, learned: readonly Learned[], { outputs, wanted }: Pull): TrainingGraph {
  const products = Object.entries(outputs).map(([name, value]) => {
    const pull = detach(g, g.input(`d.${name}`, 'float32', value.shape));
    return reduceSum(
      g,
      mul(g, value, pull),
      value.shape.map((_, axis) => axis),
      false,
    );
  });
  const target = products.reduce((sum, product) => add(g, sum, product));
  const names = Object.keys(wanted ?? {});
  const all = backward(g, target, [...Object.values(wanted ?? {}), ...learned.map(({ value }) => value)]);
  const gradients = all.slice(names.length);
  const sums = accumulate(
    g,
    learned.map(({ parameter }) => g.input(sumName(parameter.name), 'float32', parameter.shape)),
    gradients,
  );
  const given: Record<string, Value> = {};
  names.forEach((name, i) => (given[name] = present(all[i], 'no gradient')));
  learned.forEach(({ parameter }, i) => (given[nextName(sumName(parameter.name))] = present(sums[i], 'no sum')));
  return { graph: g.finish(given), parameters: learned.map(({ parameter }) => parameter) };
}
