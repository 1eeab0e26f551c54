/** @file Makes the batches that the stepper takes, in few sizes: each size is a graph of its own. */

import { present } from '../../core/error.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import { layOutBatch, type BatchSizes, type TrainExample } from '../../../models/decoder/train-batch.ts';
import type { Runtime } from '../runtime.ts';
import type { Turn } from './data-order.ts';
import type { Features } from './features.ts';
import { startOf, type PromptLayout } from './prompt-layout.ts';
import type { TrainBatch } from './train-batch.ts';

/** Pictures with their captions as ids. */
export interface TrainData {
  readonly features: Features;
  /** Ids of each picture's captions. */
  readonly captions: readonly (readonly (readonly number[])[])[];
}

/** What all batches of a run share. */
export interface BatchMaker {
  readonly runtime: Runtime;
  readonly layout: PromptLayout;
  readonly softTokens: number;
  readonly prefixTokens: number;
  readonly batchPictures: number;
  readonly captionsPerPicture: number;
}

/** Lengths are rounded up to a multiple of this. @unit places */
const lengthStep = 16;
/** So are the rows of a batch's pictures, where pictures differ in them. */
const rowStep = 64;

/** Tells the sizes of a batch's graph. */
export function sizesOf({ features, captions }: TrainData, turns: readonly Turn[], maker: BatchMaker): BatchSizes {
  const { batchPictures, captionsPerPicture, layout, softTokens } = maker;
  const startLength = (rows: number): number => rows + layout.before.length + layout.after.length + softTokens;
  const counts = turns.map(({ picture, captions: chosen }) => {
    const rows = present(features.rowCounts[picture], 'a picture has no rows');
    const labels = chosen.reduce((sum, i) => sum + (captions[picture]?.[i]?.length ?? 0), 0);
    return { rows, labels, length: startLength(rows) + labels - chosen.length };
  });
  const length = roundUp(Math.max(...counts.map((count) => count.length)), lengthStep);
  const isUniform = new Set(features.rowCounts).size === 1;
  const rows = counts.reduce((sum, count) => sum + count.rows, 0);
  const fewest = Math.min(...counts.map((count) => count.rows));
  return {
    batch: batchPictures,
    length,
    // So that one length is one graph, there is room for all labels that its places can hold.
    labels: batchPictures * (length - startLength(fewest) + captionsPerPicture),
    pictures: 1,
    rowsPerPicture: isUniform ? batchPictures * fewest : roundUp(rows, rowStep),
  };
}

/** Counts the tokens that a batch teaches. */
export function countLabels({ captions }: TrainData, turns: readonly Turn[]): number {
  return turns.reduce(
    (sum, { picture, captions: chosen }) => sum + chosen.reduce((s, i) => s + (captions[picture]?.[i]?.length ?? 0), 0),
    0,
  );
}

/** Makes a batch; its pictures are to be disposed of after the step. `tokenCount` is that of the whole step. */
export async function makeBatch(data: TrainData, turns: readonly Turn[], maker: BatchMaker, tokenCount: number): Promise<TrainBatch> {
  const sizes = sizesOf(data, turns, maker);
  const { features, captions } = data;
  const rows = new Float32Array(sizes.rowsPerPicture * features.width);
  const examples: TrainExample[] = [];
  let firstRow = 0;
  for (const { picture, captions: chosen } of turns) {
    const own = await features.rowsOf(picture);
    rows.set(own, firstRow * features.width);
    const rowCount = own.length / features.width;
    examples.push({
      start: startOf(maker.layout, { firstRow, rowCount, softRow: sizes.rowsPerPicture }),
      captions: chosen.map((i) => present(captions[picture]?.[i], 'a caption is missing')),
    });
    firstRow += rowCount;
  }
  return {
    sizes,
    inputs: layOutBatch(examples, sizes, { prefixTokens: maker.prefixTokens, tokenCount }),
    pictures: maker.runtime.upload(float32([1, sizes.rowsPerPicture, features.width], rows)),
  };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
