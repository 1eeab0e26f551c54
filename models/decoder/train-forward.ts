/** @file The forward half of training: from a batch to the loss, with the parameters that are learned. */

import { makeAdapter, type AdapterPieces } from '../../src/core/adapter/adapters.ts';
import { keepAll, makeDropout, type DropInputs } from '../../src/core/adapter/dropout.ts';
import type { DeclareParameter, Parameter } from '../../src/core/adapter/parameter.ts';
import { prefixKeyValues } from '../../src/core/adapter/prefix.ts';
import { StudioError } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value, Weight } from '../../src/core/graph/graph.ts';
import { and, concat, greater, lessOrEqual, unsqueeze, where } from '../../src/core/graph/math.ts';
import { unseen } from '../../src/core/nn/attention.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { project } from '../../src/core/nn/linear.ts';
import { crossEntropy } from '../../src/core/nn/loss.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import type { LlavaModel } from '../family.ts';
import { atPlaces, decoderContext, decoderLayer, finalNorm, headTable, type DecoderContext } from './layer.ts';
import { declarePlaces, spliceRows } from './splice.ts';
import type { BatchSizes } from './train-batch.ts';
import type { TrainingMethod } from './train-method.ts';
import { pictureRows } from './train-pictures.ts';

/** What a training graph is built for. */
export interface TrainingPlan {
  readonly method: TrainingMethod;
  readonly sizes: BatchSizes;
  /** See `Targets.smoothing`. */
  readonly smoothing: number;
}

/** A model as training sees it. */
export interface TrainedModel {
  readonly model: LlavaModel;
  readonly catalog: WeightCatalog;
}

/** A parameter in a graph. */
export interface TrainedValue {
  readonly parameter: Parameter;
  readonly value: Value;
}

/** The loss, and what it depends on. */
export interface Forward {
  /** @shape [] */
  readonly loss: Value;
  readonly trained: readonly TrainedValue[];
}

/**
 * Adds the forward half to a graph.
 *
 * Inputs: those of `layOutBatch`, its positions as `rotationOf` gives them; pictures as `pictureRows` takes them;
 * the parameters by their names; `noise.K` [B, S, K] where there is dropout and `isTraining`.
 *
 * @throws {StudioError} 'argument-invalid' when weights that should learn are held in blocks
 */
export function trainForward(g: GraphBuilder, { model, catalog }: TrainedModel, plan: TrainingPlan, isTraining: boolean): Forward {
  const trained: TrainedValue[] = [];
  const declare: DeclareParameter = (parameter) => {
    const value = g.input(parameter.name, 'float32', parameter.shape);
    trained.push({ parameter, value });
    return value;
  };
  const { method, sizes } = plan;
  const wanted = g.input('label_places', 'int32', [sizes.labels]);
  const pieces: AdapterPieces =
    method.kind === 'full'
      ? { layers: nullAdapter, promptRows: null, prefixRows: null }
      : makeAdapter(method, { g, declare, drop: dropOf(g, plan, { isTraining, wanted }), sizes: model.decoder });
  if (method.kind === 'full') substituteAll(g, declare, weightsOf({ model, catalog }, plan));
  const context = decoderContext(g, model.decoder, catalog, pieces.layers);
  const embedded = embedBatch(context, model, { pieces, plan });
  const chosen = runLayers(context, embedded, { pieces, sizes, wanted }); // [M, E]
  const logits = project(context, headTable(model.decoder), finalNorm(context, chosen)); // [M, V]
  const labels = g.input('labels', 'int32', [sizes.labels]);
  const tokenCount = g.input('token_count', 'float32', []);
  return { loss: crossEntropy(g, logits, { labels, tokenCount, smoothing: plan.smoothing }), trained };
}

/** @shape → [B, S, E] */
function embedBatch(context: DecoderContext, model: LlavaModel, { pieces, plan }: { pieces: AdapterPieces; plan: TrainingPlan }): Value {
  const { g } = context;
  const { batch, length } = plan.sizes;
  const flat = pictureRows(context, model, plan);
  const rows = pieces.promptRows ? concat(g, [flat, pieces.promptRows], 0) : flat;
  return spliceRows(context, declarePlaces(g, [batch, length]), rows);
}

interface LayerRun {
  readonly pieces: AdapterPieces;
  readonly sizes: BatchSizes;
  /** Places that something is learned at: the last layer need not go on with any other. @shape int32 [M] */
  readonly wanted: Value;
}

/** @shape x [B, S, E] → [M, E] */
function runLayers(context: DecoderContext, x: Value, { pieces, sizes, wanted }: LayerRun): Value {
  const { g, config } = context;
  const { batch, length } = sizes;
  const prefixTokens = Number(pieces.prefixRows?.shape[0] ?? 0);
  const past = pieces.prefixRows ? prefixKeyValues(g, pieces.prefixRows, { ...config, batch }) : [];
  const half = [batch, length, config.headWidth / 2];
  const turn = { cos: g.input('rotation_cos', 'float32', half), sin: g.input('rotation_sin', 'float32', half) };
  const bias = branchBias(g, { batch, length, prefixTokens });
  let hidden = x;
  for (let layer = 0; layer < config.layers; layer++)
    hidden = decoderLayer(context, layer, hidden, {
      turn,
      bias,
      past: past[layer] ?? null,
      ...(layer === config.layers - 1 ? { wanted } : {}),
    }).x;
  return hidden;
}

/**
 * Makes the bias of causal attention in which the captions of one picture do not see each other: a key is seen by the places from its own to
 * `visible_until` (exclusive).
 *
 * @shape → [B, 1, S, T + S]
 */
export function branchBias(
  g: GraphBuilder,
  sizes: { readonly batch: number; readonly length: number; readonly prefixTokens: number },
): Value {
  const { batch, length, prefixTokens } = sizes;
  const keys = prefixTokens + length;
  const queryPlaces = g.constant(
    float32(
      [1, 1, length, 1],
      Array.from({ length }, (_, i) => i),
    ),
  );
  const keyPlaces = g.constant(
    float32(
      [1, 1, 1, keys],
      Array.from({ length: keys }, (_, i) => i - prefixTokens),
    ),
  );
  const until = unsqueeze(g, g.input('visible_until', 'float32', [batch, keys]), [1, 2]);
  const sees = and(g, lessOrEqual(g, keyPlaces, queryPlaces), greater(g, until, queryPlaces));
  return where(g, sees, { yes: 0, no: unseen });
}

function dropOf(
  g: GraphBuilder,
  { method, sizes }: TrainingPlan,
  { isTraining, wanted }: { readonly isTraining: boolean; readonly wanted: Value },
): DropInputs {
  if (!isTraining || !('dropout' in method)) return keepAll;
  const noises = new Map<number, Value>();
  return makeDropout(method.dropout, (x) => {
    const width = Number(x.shape.at(-1));
    const noise = noises.get(width) ?? g.input(noiseName(width), 'float32', [sizes.batch, sizes.length, width]);
    noises.set(width, noise);
    return x.shape.length === 2 ? atPlaces(g, noise, wanted) : noise;
  });
}

/** Gives the name of the noise for layers whose inputs have a width. */
export function noiseName(width: number): string {
  return `noise.${String(width)}`;
}

/** Builds the forward half once without learning, only to see which weights it reads. */
function weightsOf(trained: TrainedModel, plan: TrainingPlan): readonly Weight[] {
  const g = new GraphBuilder('weights');
  const context = decoderContext(g, trained.model.decoder, trained.catalog, nullAdapter);
  const pieces = { layers: nullAdapter, promptRows: null, prefixRows: null };
  const wanted = g.input('label_places', 'int32', [plan.sizes.labels]);
  const chosen = runLayers(context, embedBatch(context, trained.model, { pieces, plan }), { pieces, sizes: plan.sizes, wanted });
  return g.finish({ logits: project(context, headTable(trained.model.decoder), finalNorm(context, chosen)) }).weights;
}

function substituteAll(g: GraphBuilder, declare: DeclareParameter, weights: readonly Weight[]): void {
  for (const { value, source } of weights) {
    if (value.dtype !== 'float32' || source.endsWith(':scales')) {
      throw new StudioError('argument-invalid', `full fine-tuning: ${source} is held in blocks; open the model with float32 weights`);
    }
    const shape = value.shape.map(Number);
    g.substituteWeight(value.name, declare({ name: source, shape, initial: { kind: 'stored', key: source } }));
  }
}
