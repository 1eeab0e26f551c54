/** @file Lays training examples out as the inputs of a training graph. */

import { StudioError } from '../../src/core/error.ts';
import { ignoredLabel } from '../../src/core/nn/loss.ts';
import { hostRotation } from '../../src/core/nn/rope.ts';
import { float32, int32, type Tensor } from '../../src/core/tensor/tensor.ts';
import type { DecoderConfig } from './config.ts';

/** The sizes that a training graph is built for; smaller batches are padded. */
export interface BatchSizes {
  /** Sequences. */
  readonly batch: number;
  /** Places of a sequence, prefixes not counted. */
  readonly length: number;
  /** Places whose next token is learned, over all sequences; a place counts once for each caption that goes on from it. */
  readonly labels: number;
  /** Pictures that are fed, as rows or as pixels; tiles of pictures where the model cuts them. */
  readonly pictures: number;
  /** Rows of each. */
  readonly rowsPerPicture: number;
  /** How many rows packing makes of all that; left out where rows are not packed. */
  readonly packedRows?: number;
}

/** One entry of a sequence: a token, or a row of the pictures (in the order in which they are fed) or, after these, of the soft prompt. */
export type TrainEntry = { readonly token: number } | { readonly row: number };

/** A beginning, and captions that go on from it without seeing each other. */
export interface TrainExample {
  readonly start: readonly TrainEntry[];
  /** Token ids, the end token included; all of them are learned. */
  readonly captions: readonly (readonly number[])[];
}

/** The padding's caption ends before it begins; everything else may be seen to the end. */
const always = 1e9;

/**
 * Lays a batch out. `prefixTokens` places of keys and values stand before each sequence and shift its positions.
 *
 * `token_count` is what the loss is divided by: the labels of this batch, unless the step has several batches.
 *
 * @throws {StudioError} 'argument-invalid' when the examples do not fit into the sizes
 */
export function layOutBatch(
  examples: readonly TrainExample[],
  sizes: BatchSizes,
  options: { readonly prefixTokens?: number; readonly tokenCount?: number } = {},
): Readonly<Record<string, Tensor>> {
  const { batch, length } = sizes;
  const prefix = options.prefixTokens ?? 0;
  const keys = prefix + length;
  const [ids, rowIndex, labelPlaces] = [new Int32Array(batch * length), new Int32Array(batch * length), new Int32Array(sizes.labels)];
  const [rowMask, positions] = [new Float32Array(batch * length), new Float32Array(batch * length)];
  const visibleUntil = new Float32Array(batch * keys).fill(always);
  const labels = new Int32Array(sizes.labels).fill(ignoredLabel);
  let labelCount = 0;

  const learn = (place: number, token: number): void => {
    if (labelCount < sizes.labels) {
      labelPlaces[labelCount] = place;
      labels[labelCount] = token;
    }
    labelCount++;
  };
  examples.forEach((example, b) => {
    const base = b * length;
    let slot = 0;
    const place = (entry: TrainEntry, position: number): void => {
      if ('row' in entry) [rowIndex[base + slot], rowMask[base + slot]] = [entry.row, 1];
      else ids[base + slot] = entry.token;
      positions[base + slot] = prefix + position;
      slot++;
    };
    example.start.forEach((entry, i) => place(entry, i));
    for (const caption of example.captions) {
      const first = slot;
      caption.forEach((token, i) => {
        learn(base + (i === 0 ? example.start.length - 1 : slot - 1), token);
        // The last token is only learned: nothing goes on from it.
        if (i < caption.length - 1) place({ token }, example.start.length + i);
      });
      visibleUntil.fill(slot, b * keys + prefix + first, b * keys + prefix + slot);
    }
    if (slot > length) throw outgrown('places', slot, length);
  });
  if (examples.length > batch) throw outgrown('examples', examples.length, batch);
  if (labelCount > sizes.labels) throw outgrown('labels', labelCount, sizes.labels);
  return {
    input_ids: int32([batch, length], ids),
    row_index: int32([batch, length], rowIndex),
    row_mask: float32([batch, length], rowMask),
    positions: float32([batch, length], positions),
    visible_until: float32([batch, keys], visibleUntil),
    label_places: int32([sizes.labels], labelPlaces),
    labels: int32([sizes.labels], labels),
    token_count: float32([], [options.tokenCount ?? labelCount]),
  };
}

/**
 * Gives the cosines and sines of a batch's positions, which graphs take in their place: a GPU may have none.
 *
 * @shape positions [B, S] → both [B, S, D / 2]
 */
export function rotationOf(positions: Tensor, { headWidth, ropeTheta }: DecoderConfig): Readonly<Record<string, Tensor>> {
  const { cos, sin } = hostRotation(Array.from(positions.data, Number), { headWidth, theta: ropeTheta });
  const shape = [...positions.shape, headWidth / 2];
  return { rotation_cos: float32(shape, cos), rotation_sin: float32(shape, sin) };
}

/** Counts the places and labels that an example takes. */
export function countPlaces({ start, captions }: TrainExample): { readonly length: number; readonly labels: number } {
  const labels = captions.reduce((sum, caption) => sum + caption.length, 0);
  return { length: start.length + labels - captions.length, labels };
}

function outgrown(what: string, found: number, limit: number): StudioError {
  return new StudioError('argument-invalid', `layOutBatch: ${String(found)} ${what} do not fit into ${String(limit)}`);
}
