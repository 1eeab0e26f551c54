/** @file What a model computed on the way to a caption, for anyone who wants to compare it with another implementation. */

import type { Tensor } from '../../core/tensor/tensor.ts';
import { float32, tensor } from '../../core/tensor/tensor.ts';
import { argMax } from '../../core/decode/softmax.ts';
import type { OpenModel } from '../model.ts';
import type { RenderedPrompt } from '../text/prompt.ts';
import type { PromptTexts } from '../text/template.ts';
import { look, type PictureView } from './look.ts';
import { promptParts, promptSequence, renderedParts, roomFor } from './prompt-sequence.ts';

/** The tensors of a trace by name. */
export type Trace = ReadonlyMap<string, Tensor>;

/**
 * Captions pixels greedily and keeps what was computed: `pixel_values` [T, 3, H, W], `image_features` [1, P, E], `input_ids` [S] with one
 * id for each row, `logits` [S, V] of the prompt and `greedy_ids`, the new tokens without the stop id.
 */
export async function traceCaption(
  model: OpenModel,
  view: PictureView,
  prompt: RenderedPrompt | PromptTexts,
  maxNewTokens: number,
): Promise<Trace> {
  const side = model.model.vision.imageSize;
  const parts = 'text' in prompt ? renderedParts(model, prompt) : promptParts(model, prompt);
  const { rows, places, softRow } = await look(model, [view]);
  const rowCount = places[0]?.rowCount ?? 0;
  const sequence = promptSequence(parts, { firstRow: 0, rowCount, softRow, imageTokenId: model.model.imageTokenId });
  const limit = roomFor(maxNewTokens, model.decoder.startLength + sequence.length, model.model.decoder.contextLength);
  const features = (await model.runtime.download(rows)).slice(0, rowCount * model.model.decoder.hiddenSize);
  let { logits, state } = await model.decoder.prefill([sequence], rows, { allLogits: true });
  rows.dispose();
  const V = model.model.decoder.vocabularySize;
  const all = new Float32Array(logits.length * V);
  logits.forEach((row, i) => {
    all.set(row, i * V);
  });
  const greedyIds: number[] = [];
  while (greedyIds.length < limit) {
    const token = argMax(logits.at(-1) ?? new Float32Array());
    if (model.stopIds.includes(token)) break;
    greedyIds.push(token);
    ({ logits, state } = await model.decoder.advance(state, [token]));
  }
  model.decoder.drop(state);
  const int64 = (numbers: readonly number[]): Tensor => tensor('int64', [numbers.length], BigInt64Array.from(numbers, BigInt));
  return new Map<string, Tensor>([
    ['pixel_values', float32([view.pixels.length / (3 * side * side), 3, side, side], view.pixels)],
    ['image_features', float32([1, rowCount, model.model.decoder.hiddenSize], features)],
    ['input_ids', int64(sequence.map(({ token }) => token))],
    ['logits', float32([sequence.length, V], all)],
    ['greedy_ids', int64(greedyIds)],
  ]);
}
