/** @file How many pictures go side by side: as many as were measured to pay, as long as memory holds them. */

import type { DecodingOptions } from '../../core/decode/options.ts';
import type { ImageProcessor } from '../../core/image/processor.ts';
import type { LlavaModel } from '../../../models/family.ts';
import { countImageTokens } from '../image-tokens.ts';
import type { Runtime } from '../runtime.ts';

/**
 * Beyond these nothing is gained on a processor, measured with the embedded model: docs/performance.md. A fast GPU gains up to 64 and more,
 * but on a slow one the first words of so many would be long in coming.
 */
const mostUseful: Readonly<Record<Runtime['backend'], number>> = { node: 8, wasm: 4, webgpu: 16 };

/** What a batch may take beside the weights: wasm has 4 GB in all, and GPUs seldom tell. @unit bytes */
const spareBytes: Readonly<Record<Runtime['backend'], number>> = { node: 2e9, wasm: 1e9, webgpu: 1e9 };

/** Prompts are seldom longer beside their pictures. @unit positions */
const usualText = 128;

/** What the size of a batch depends on; an open model has it. */
export interface ModelSizes {
  readonly model: LlavaModel;
  readonly processor: Pick<ImageProcessor, 'tiling'>;
}

/** Chooses the size of batches for a model, a backend and the options; at least 1. */
export function chooseBatchSize(model: ModelSizes, backend: Runtime['backend'], decoding: DecodingOptions): number {
  // With forced words a caption tries two ways at the end of a sentence.
  const drafts = decoding.captions * (decoding.forcedWords.length > 0 ? 2 : 1);
  const rows = decoding.beams > 1 ? decoding.beams : drafts;
  return Math.max(1, Math.min(mostUseful[backend], Math.floor(spareBytes[backend] / pictureBytes(model, decoding.maxNewTokens, rows))));
}

/**
 * Estimates what one picture takes while its captions are written: the cache twice, since a step reads one and writes the next, the
 * scores of attention over the prompt, and the tower's widest activations. With AnyRes it counts with the largest picture.
 *
 * @unit bytes
 */
export function pictureBytes({ model, processor }: ModelSizes, newTokens: number, rows: number): number {
  const { decoder, vision } = model;
  const { most } = countImageTokens(vision, processor);
  const positions = Math.min(most + usualText + newTokens, decoder.contextLength);
  const cache = decoder.layers * 2 * decoder.keyValueHeads * decoder.headWidth * positions * 4;
  const scores = decoder.heads * positions * Math.min(positions, 256) * 4;
  const tiles = Math.ceil(most / vision.rowsPerTile);
  const tower = tiles * vision.imageSize * vision.imageSize * 64 * 4;
  return rows * 2 * cache + scores + tower;
}
