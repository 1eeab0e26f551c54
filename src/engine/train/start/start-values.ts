/** @file Where a run's parameters start: from an adapter, soft tokens and prefixes from a text, everything else as its kind says. */

import { promptParameter } from '../../../core/adapter/soft-prompt.ts';
import type { Parameter } from '../../../core/adapter/parameter.ts';
import { present, StudioError } from '../../../core/error.ts';
import { makeRandom } from '../../../core/tensor/random.ts';
import { float32 } from '../../../core/tensor/tensor.ts';
import { embeddingTable } from '../../../../models/decoder/layer.ts';
import { cacheName } from '../../../../models/decoder/step.ts';
import type { OpenModel } from '../../model.ts';
import { initialValues, type ParameterValues } from './initial-values.ts';
import type { TrainOptions } from '../options.ts';
import { initIds } from '../data/prompt-layout.ts';
import type { TrainRequest } from '../request.ts';
import { valuesOfAdapter } from './starting-adapter.ts';

/** Gives the start of each parameter: as an adapter that it goes on from has it, or as the method says. */
export async function startValues(
  model: OpenModel,
  parameters: readonly Parameter[],
  { options, startsFrom }: Pick<TrainRequest, 'options' | 'startsFrom'>,
): Promise<ParameterValues> {
  const { method, seed } = options;
  const known = startsFrom ? valuesOfAdapter(parameters, startsFrom) : new Map<string, Float32Array>();
  const others = parameters.filter(({ name }) => !known.has(name));
  const values = new Map([...known, ...(await initialValues(others, model.store, seed))]);
  if (startsFrom) return values;
  if (method.kind === 'prompt') {
    const [tokens = 0] = present(parameters[0], 'a soft prompt has no parameter').shape;
    values.set(promptParameter, await embeddingRows(model, idsFor(model, options, method.initText, tokens)));
  }
  if (method.kind === 'prefix' && method.projectionSize === null)
    values.set(promptParameter, await keptRows(model, idsFor(model, options, method.initText, method.tokens)));
  return values;
}

/** The ids of a text, cut or repeated to a number; random ones without a text. */
function idsFor(model: OpenModel, { prompt, seed }: TrainOptions, text: string | null, count: number): readonly number[] {
  if (text === null) {
    const random = makeRandom(seed, 1);
    return Array.from({ length: count }, () => Math.floor(random.nextUniform() * model.tokenizer.vocabularySize));
  }
  const ids = initIds(model, text, prompt);
  return Array.from({ length: count }, (_, i) => present(ids[i % ids.length], 'an empty text'));
}

/** @shape → [T, E] */
async function embeddingRows({ model, store }: OpenModel, ids: readonly number[]): Promise<Float32Array> {
  const table = await store.read(embeddingTable(model.decoder).name);
  if (!(table instanceof Float32Array)) throw new StudioError('internal', 'internal: the embedding table was not read as floats');
  const width = model.decoder.hiddenSize;
  const rows = new Float32Array(ids.length * width);
  ids.forEach((id, i) => rows.set(table.subarray(id * width, (id + 1) * width), i * width));
  return rows;
}

/** What the decoder keeps of a text, laid out as a prefix. @shape → [T, layers · 2 · keyValueHeads · D] */
async function keptRows({ model, decoder, runtime }: OpenModel, ids: readonly number[]): Promise<Float32Array> {
  const { layers, keyValueHeads, headWidth, hiddenSize } = model.decoder;
  const noRows = runtime.upload(float32([1, 1, hiddenSize], new Float32Array(hiddenSize)));
  const { state } = await decoder.prefill([ids.map((token) => ({ token, row: -1 }))], noRows);
  const tokens = ids.length;
  const width = layers * 2 * keyValueHeads * headWidth;
  const rows = new Float32Array(tokens * width);
  for (let layer = 0; layer < layers; layer++) {
    const key = await runtime.download(present(state.cache[cacheName('past', layer, 'key')], 'no keys')); // [1, KV, D, T]
    const value = await runtime.download(present(state.cache[cacheName('past', layer, 'value')], 'no values')); // [1, KV, T, D]
    for (let t = 0; t < tokens; t++) {
      for (let h = 0; h < keyValueHeads; h++) {
        for (let d = 0; d < headWidth; d++) {
          const at = t * width + (2 * layer * keyValueHeads + h) * headWidth + d;
          rows[at] = key[(h * headWidth + d) * tokens + t] ?? 0;
          rows[at + keyValueHeads * headWidth] = value[(h * tokens + t) * headWidth + d] ?? 0;
        }
      }
    }
  }
  decoder.drop(state);
  noRows.dispose();
  return rows;
}
