/** @file Makes the batches that the stepper takes, in few sizes: each size is a graph of its own. */

import { present } from '../../../core/error.ts';
import { float32 } from '../../../core/tensor/tensor.ts';
import { layOutBatch, type BatchSizes, type TrainExample } from '../../../../models/decoder/train-batch.ts';
import { joinMixes } from '../../../../models/vision/anyres-packing.ts';
import type { Runtime } from '../../runtime.ts';
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
  /** Side of the square that the tower sees. @unit pixels */
  readonly tileSide: number;
}

/** Lengths are rounded up to a multiple of this. @unit places */
const lengthStep = 16;
/** So are the rows of a batch's pictures, where pictures differ in them. */
const rowStep = 64;
/** So are their tiles, where the tower looks at them in the graph: each is a look, though an empty one. */
const tileStep = 4;

/** Tells the sizes of a batch's graph. */
export function sizesOf({ features, captions }: TrainData, turns: readonly Turn[], maker: BatchMaker): BatchSizes {
  const { batchPictures, captionsPerPicture, layout, softTokens } = maker;
  const { rowCounts, itemCounts, rowsPerItem, mixes } = features;
  const startLength = (rows: number): number => rows + layout.before.length + layout.after.length + softTokens;
  const counts = turns.map(({ picture, captions: chosen }) => {
    const rows = present(rowCounts[picture], 'a picture has no rows');
    const labels = chosen.reduce((sum, i) => sum + (captions[picture]?.[i]?.length ?? 0), 0);
    return { rows, labels, length: startLength(rows) + labels - chosen.length };
  });
  const length = roundUp(Math.max(...counts.map((count) => count.length)), lengthStep);
  const fewest = Math.min(...counts.map((count) => count.rows));
  const together = (of: readonly number[], step: number): number =>
    new Set(of).size === 1 ? batchPictures * (of[0] ?? 0) : roundUp(sum(turns.map(({ picture }) => of[picture] ?? 0)), step);
  const items = together(itemCounts, rowsPerItem === 1 ? rowStep : tileStep);
  return {
    batch: batchPictures,
    length,
    // So that one length is one graph, there is room for all labels that its places can hold.
    labels: batchPictures * (length - startLength(fewest) + captionsPerPicture),
    ...(rowsPerItem === 1 ? { pictures: 1, rowsPerPicture: items } : { pictures: items, rowsPerPicture: rowsPerItem }),
    ...(mixes && { packedRows: together(rowCounts, rowStep) }),
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
  const { width, rowsPerItem } = features;
  const items = (sizes.pictures * sizes.rowsPerPicture) / rowsPerItem;
  const values = new Float32Array(items * width);
  const examples: TrainExample[] = [];
  let [firstItem, firstRow] = [0, 0];
  for (const { picture, captions: chosen } of turns) {
    const own = await features.valuesOf(picture);
    values.set(own, firstItem * width);
    const rowCount = present(features.rowCounts[picture], 'a picture has no rows');
    examples.push({
      start: startOf(maker.layout, { firstRow, rowCount, softRow: sizes.rowsPerPicture }),
      captions: chosen.map((i) => present(captions[picture]?.[i], 'a caption is missing')),
    });
    firstItem += own.length / width;
    firstRow += rowCount;
  }
  const shape = rowsPerItem === 1 ? [1, items, width] : [items, 3, maker.tileSide, maker.tileSide];
  return {
    sizes,
    inputs: {
      ...layOutBatch(examples, sizes, { prefixTokens: maker.prefixTokens, tokenCount }),
      ...packingInputs(features, turns, sizes),
    },
    pictures: maker.runtime.upload(float32(shape, values)),
  };
}

function packingInputs({ mixes, itemCounts, rowsPerItem }: Features, turns: readonly Turn[], sizes: BatchSizes): TrainBatch['inputs'] {
  if (!mixes) return {};
  return joinMixes(
    turns.map(({ picture }) => present(mixes[picture], 'a picture has no packing')),
    {
      tileRows: turns.map(({ picture }) => (itemCounts[picture] ?? 0) * rowsPerItem),
      newline: sizes.pictures * sizes.rowsPerPicture,
      rowCount: present(sizes.packedRows, 'no packed rows'),
    },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
