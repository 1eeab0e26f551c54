/** @file The batch and the methods that the reference trained with, in Node and in the browser. */

import { decoderModules } from '../../src/core/adapter/spec.ts';
import { present } from '../../src/core/error.ts';
import { ignoredLabel } from '../../src/core/nn/loss.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import type { TrainBatch } from '../../src/engine/train/data/train-batch.ts';
import { countPlaces, layOutBatch, type TrainEntry, type TrainExample } from '../../models/decoder/train-batch.ts';
import type { TrainingMethod } from '../../models/decoder/train-method.ts';
import type { TensorFile } from '../helpers/tensors.ts';

const lowRank = { rank: 4, alpha: 8, isRankStabilized: false, dropout: 0, targets: `.*language_model.*\\.(${decoderModules.join('|')})` };

/** The methods by the names of their files. */
export const referenceMethods: Readonly<Record<string, TrainingMethod>> = {
  prompt: { kind: 'prompt', tokens: 6 },
  prefix: { kind: 'prefix', tokens: 5, projectionSize: null },
  lora: { kind: 'lora', ...lowRank },
  dora: { kind: 'dora', ...lowRank },
  full: { kind: 'full', reach: 'projector' },
};

/** Tells how the files name a parameter, and whether it lies transposed in ours. */
export function fileName(parameter: string, kind: string): { readonly name: string; readonly isTurned: boolean } {
  if (kind === 'full') return { name: parameter.replace(':transposed', ''), isTurned: parameter.endsWith(':transposed') };
  return { name: parameter.includes('lora_') ? `base_model.model.${parameter}` : parameter, isTurned: false };
}

/** What tower and projector make of the batch's pictures, by the names of the graph's outputs. */
export type ReferenceFeatures = Readonly<Record<string, Float32Array>>;

/** What a batch is made from. */
export interface ReferenceData {
  readonly model: OpenModel;
  readonly batchFile: TensorFile;
  readonly features: ReferenceFeatures;
}

/** Looks at the batch's pictures. */
export async function referenceFeatures({ model, runtime, store }: OpenModel, batchFile: TensorFile): Promise<ReferenceFeatures> {
  const session = await runtime.createSession({ graph: model.vision.graph(store.catalog, { withTower: true }), weights: store });
  const side = model.vision.imageSize;
  const outputs = await session.run({
    pixel_values: runtime.upload(float32([3, 3, side, side], batchFile.floats('pixel_values'))),
  });
  const features: Record<string, Float32Array> = {};
  for (const [name, output] of Object.entries(outputs)) features[name] = Float32Array.from(await runtime.download(output));
  await session.close();
  return features;
}

/** Gives the examples of the given numbers as a batch. */
export function referenceBatch(
  { model, batchFile, features }: ReferenceData,
  method: TrainingMethod,
  indices: readonly number[],
  tokenCount?: number,
): TrainBatch {
  const { rowsPerTile, projector } = model.model.vision;
  const pictures = indices.length;
  const tokens = method.kind === 'prompt' ? method.tokens : 0;
  const soft = Array.from({ length: tokens }, (_, i) => ({ row: pictures * rowsPerTile + i }));
  const examples = indices.map((index, i) => exampleOf(model, batchFile, { index, firstRow: i * rowsPerTile, soft }));
  const counts = examples.map(countPlaces);
  const sizes = {
    batch: indices.length,
    length: Math.max(...counts.map(({ length }) => length)),
    labels: counts.reduce((sum, { labels }) => sum + labels, 0),
    pictures,
    rowsPerPicture: rowsPerTile,
  };
  const [name, width] =
    method.kind === 'full' ? ['tower_features', projector.visionSize] : ['image_features', model.model.decoder.hiddenSize];
  const per = rowsPerTile * width;
  const all = present(features[name], `no ${name}`);
  const rows = Float32Array.from(indices.flatMap((index) => Array.from(all.subarray(index * per, (index + 1) * per))));
  return {
    sizes,
    inputs: layOutBatch(examples, sizes, {
      prefixTokens: method.kind === 'prefix' ? method.tokens : 0,
      ...(tokenCount === undefined ? {} : { tokenCount }),
    }),
    pictures: model.runtime.upload(float32([pictures, rowsPerTile, width], rows)),
  };
}

interface ExamplePlace {
  readonly index: number;
  readonly firstRow: number;
  readonly soft: readonly TrainEntry[];
}

/** One example of the batch, with its picture's rows in place of the picture's ids. */
function exampleOf({ model }: OpenModel, batchFile: TensorFile, { index, firstRow, soft }: ExamplePlace): TrainExample {
  const rowOf = (name: string): number[] => present(batchFile.rows(name)[index], `no example ${String(index)}`);
  const [ids, labels, mask] = [rowOf('input_ids'), rowOf('labels'), rowOf('attention_mask')];
  const learned = labels.findIndex((label) => label !== ignoredLabel);
  let row = firstRow;
  const start = ids.slice(0, learned).map((token): TrainEntry => (token === model.imageTokenId ? { row: row++ } : { token }));
  return { start: [...soft, ...start], captions: [ids.filter((_, i) => i >= learned && mask[i] === 1)] };
}
