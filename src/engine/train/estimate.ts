/** @file How much memory training will need, counted from its graphs. */

import { StudioError } from '../../core/error.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { makeOptimizer } from '../../core/optim/optimizers.ts';
import { elementCount } from '../../core/tensor/shape.ts';
import type { BatchSizes } from '../../../models/decoder/train-batch.ts';
import { pictureFeed, type PictureFeed } from '../../../models/decoder/train-method.ts';
import { layerBackward } from '../../../models/decoder/train-layers.ts';
import { trainStep } from '../../../models/decoder/train-step.ts';
import type { OpenModel } from '../model.ts';
import { learningModel } from './start/learning-model.ts';
import type { TrainOptions } from './options.ts';
import { layOutPrompt, softTokenCount } from './data/prompt-layout.ts';
import { trainingMethodOf } from './run-plan.ts';

/** What training holds at its fullest. @unit bytes, all */
export interface MemoryEstimate {
  /** The model's weights, in the form in which the step reads them. */
  readonly weightBytes: number;
  /** Parameters and what the optimiser remembers of them, before and after a step. */
  readonly stateBytes: number;
  /** Everything that is computed and still needed, where that is most. */
  readonly activationBytes: number;
  readonly totalBytes: number;
  /** The largest single tensor among weights, parameters and what the optimiser remembers: it takes one buffer. */
  readonly largest: { readonly name: string; readonly sizeBytes: number };
  /** Whether layers are computed again while going back, because the whole step would hold too much. */
  readonly recomputes: boolean;
}

/** What of the data a graph's size depends on. */
export interface DataSizes {
  /** Rows of a picture; the largest, where they differ. */
  readonly rowsPerPicture: number;
  /** Tiles of a picture; the most, where they differ. */
  readonly tilesPerPicture: number;
  /** Tokens of a caption, the end among them; a long one. */
  readonly captionTokens: number;
}

/**
 * Counts the memory of a step from its graph: every value lives from the node that makes it to the last that reads it.
 *
 * It is an upper bound as far as values go, since backends compute many of them in place; what a backend keeps for itself is not in it.
 */
export function estimateMemory(model: OpenModel, options: TrainOptions, sizes: DataSizes): MemoryEstimate {
  const softTokens = softTokenCount(model, options);
  const layout = layOutPrompt(model, options, softTokens);
  const { batchPictures: batch, captionsPerPicture } = options;
  const tokens = Math.min(sizes.captionTokens, options.maxCaptionTokens) * captionsPerPicture;
  const start = layout.before.length + layout.after.length + softTokens + sizes.rowsPerPicture;
  const length = start + tokens - captionsPerPicture;
  const method = trainingMethodOf(options, softTokens);
  const plan = {
    smoothing: options.smoothing,
    sizes: { batch, length, labels: batch * tokens, ...pictureSizes(model, pictureFeed(method), { batch, sizes }) },
  };
  const trained = { model: model.model, catalog: learningModel(model, options).store.catalog };
  const { graph } = trainStep(trained, { ...plan, method }, { optimizer: makeOptimizer(options.optimizer), clip: options.clip });
  const weights = new Map(graph.weights.map((weight) => [weight.source, bytesOf(weight.value)]));
  const weightBytes = [...weights.values()].reduce(sum, 0);
  const held = [...weights, ...[...graph.inputs, ...graph.outputs].map((value) => [value.name, bytesOf(value)] as const)];
  const largest = held.reduce((most, [name, sizeBytes]) => (sizeBytes > most.sizeBytes ? { name, sizeBytes } : most), {
    name: '',
    sizeBytes: 0,
  });
  const stateBytes = [...graph.inputs, ...graph.outputs].map(bytesOf).reduce(sum, 0);
  const wholeBytes = peakBytes(graph);
  const recomputes = method.kind !== 'full' && wholeBytes > wholeStepBytes;
  const { layers, hiddenSize } = model.model.decoder;
  const activationBytes = recomputes
    ? 4 * (layers + 1) * batch * length * hiddenSize + peakBytes(layerBackward(trained, { ...plan, method }, 0).graph)
    : wholeBytes;
  return { weightBytes, stateBytes, activationBytes, totalBytes: weightBytes + stateBytes + activationBytes, largest, recomputes };
}

/** What is fed of the pictures of a batch. */
function pictureSizes(
  { model }: OpenModel,
  feed: PictureFeed,
  { batch, sizes }: { readonly batch: number; readonly sizes: DataSizes },
): Pick<BatchSizes, 'pictures' | 'rowsPerPicture' | 'packedRows'> {
  const { packing, rowsPerTile } = model.vision;
  const [tiles, rows] = [batch * sizes.tilesPerPicture, batch * sizes.rowsPerPicture];
  const packed = packing ? { packedRows: rows } : {};
  switch (feed) {
    case 'rows':
      return { pictures: 1, rowsPerPicture: rows };
    case 'tower_features':
      return { pictures: 1, rowsPerPicture: tiles * rowsPerTile, ...packed };
    case 'pixel_values':
      return { pictures: tiles, rowsPerPicture: rowsPerTile, ...packed };
    default:
      return feed satisfies never;
  }
}

/** Up to here a step is one graph, which is faster; above, layers are computed again while going back (docs/adr/0009). @unit bytes */
const wholeStepBytes = 2e9;

/**
 * Refuses what cannot fit.
 *
 * @throws {StudioError} 'out-of-memory' with the figures and what to choose instead
 */
export function requireMemory(estimate: MemoryEstimate, availableBytes: number, { method }: Pick<TrainOptions, 'method'>): void {
  if (estimate.totalBytes <= availableBytes) return;
  throw new StudioError(
    'out-of-memory',
    `training: takes about ${sayMemory(estimate)}, there are ${gigabytes(availableBytes)} GB; ${sayRemedy(method)}`,
    { details: { ...estimate, availableBytes } },
  );
}

/**
 * Refuses what no GPU of this kind can hold, however much memory it has: a tensor lies in one buffer.
 *
 * @throws {StudioError} 'out-of-memory' naming the tensor
 */
export function requireBuffers({ largest }: MemoryEstimate, maxBufferBytes: number, { method }: Pick<TrainOptions, 'method'>): void {
  if (largest.sizeBytes <= maxBufferBytes) return;
  throw new StudioError(
    'out-of-memory',
    `training: ${largest.name} takes ${gigabytes(largest.sizeBytes)} GB in one buffer, this GPU holds ${gigabytes(maxBufferBytes)} GB in one; ${sayRemedy(method)}, or wasm`,
    { details: { ...largest, maxBufferBytes } },
  );
}

/** Says what a step holds, and of what. */
export function sayMemory({ totalBytes, weightBytes, stateBytes, activationBytes }: MemoryEstimate): string {
  return `${gigabytes(totalBytes)} GB (weights ${gigabytes(weightBytes)}, parameters with the optimiser ${gigabytes(stateBytes)}, the step itself ${gigabytes(activationBytes)})`;
}

/** Says what takes less memory than a method does. */
export function sayRemedy(method: TrainOptions['method']): string {
  if (method.kind !== 'full') return 'choose a smaller batch or fewer captions of a picture at once';
  return `choose ${method.tower === true ? 'to leave the tower as it is, LoRA' : 'LoRA'}, or a smaller batch`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** Ops whose outputs are other views of their inputs. */
const views = new Set(['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** @unit bytes */
function peakBytes({ nodes, inputs, weights, constants }: Graph): number {
  const outside = new Set(
    [...inputs, ...weights.map(({ value }) => value), ...constants.map(({ value }) => value)].map(({ name }) => name),
  );
  const ownerOf = new Map<string, string>();
  const owner = (name: string): string => ownerOf.get(name) ?? name;
  const lastRead = new Map<string, number>();
  nodes.forEach((node, i) => {
    const [output] = node.outputs;
    const [input] = node.inputs;
    if (views.has(node.op) && output && input) ownerOf.set(output.name, owner(input.name));
    for (const value of node.inputs) if (value) lastRead.set(owner(value.name), i);
  });
  let [alive, peak] = [0, 0];
  const sizes = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const value of node.outputs) {
      if (owner(value.name) !== value.name) continue;
      sizes.set(value.name, bytesOf(value));
      alive += bytesOf(value);
    }
    peak = Math.max(peak, alive);
    for (const name of new Set(node.inputs.flatMap((value) => (value ? [owner(value.name)] : [])))) {
      if (outside.has(name) || lastRead.get(name) !== i) continue;
      alive -= sizes.get(name) ?? 0;
    }
  });
  return peak;
}

function bytesOf({ dtype, shape }: Value): number {
  const size = { bool: 1, int8: 1, uint8: 1, int4: 0.5, uint4: 0.5, float16: 2, float32: 4, int32: 4, int64: 8 }[dtype];
  return size * elementCount(shape.map(Number));
}

function sum(a: number, b: number): number {
  return a + b;
}
