/** @file Looks inside an adapter: which words a learned prompt is near, how much each layer is changed. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { StudioError } from '../../core/error.ts';
import { weightKey } from '../../core/nn/weights.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { embeddingTable, headModule } from '../../../models/decoder/layer.ts';
import type { OpenModel } from '../model.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import { rowSums, type RowSums } from './dora-gain.ts';
import type { AdapterInsight, LayerChange, SoftTokenInsight } from './insight.ts';
import { lowRankModules } from './low-rank.ts';
import { learnedRows } from './starts.ts';

/** Words shown for each soft token. */
const nearestCount = 5;

/** Looks inside an adapter that fits the model. */
export function lookInside(model: Pick<OpenModel, 'model' | 'store' | 'tokenizer'>, adapter: LearnedAdapter): Promise<AdapterInsight> {
  const { kind } = adapter.spec;
  switch (kind) {
    case 'prompt':
      return lookAtPrompt(model, adapter);
    case 'prefix':
      return Promise.resolve(lookAtPrefix(model, adapter));
    case 'lora':
    case 'dora':
      return lookAtChanges(model.store, adapter, kind);
    case 'weights':
      return lookAtWeights(model.store, adapter);
    default:
      return kind satisfies never;
  }
}

async function lookAtPrompt(
  { model, store, tokenizer }: Pick<OpenModel, 'model' | 'store' | 'tokenizer'>,
  adapter: LearnedAdapter,
): Promise<AdapterInsight> {
  const { name, rows, columns } = embeddingTable(model.decoder);
  const table = await readFloats(store, weightKey(name, 'plain'));
  const lengths = Float64Array.from({ length: rows }, (_, id) => lengthOf(table.subarray(id * columns, (id + 1) * columns)));
  const learned = learnedRows(adapter);
  const tokens = Array.from({ length: learned.shape[0] ?? 0 }, (_, t): SoftTokenInsight => {
    const row = learned.data.subarray(t * columns, (t + 1) * columns);
    const norm = lengthOf(row);
    const cosines = Float64Array.from(lengths, (length, id) => (length * norm === 0 ? 0 : dot(row, table, id * columns) / (length * norm)));
    const nearest = largest(cosines, nearestCount).map((id) => ({ token: wordOf(tokenizer, id), cosine: cosines[id] ?? 0 }));
    const start = adapter.start?.data.subarray(t * columns, (t + 1) * columns);
    return { norm, nearest, moved: start ? lengthOf(row.map((value, i) => value - (start[i] ?? 0))) : null };
  });
  const sorted = lengths.toSorted();
  return { kind: 'prompt', vocabularyNorm: sorted[Math.floor(rows / 2)] ?? 0, tokens };
}

/** A token as it is written, spaces shown; special tokens by their names. */
function wordOf(tokenizer: OpenModel['tokenizer'], id: number): string {
  return (tokenizer.tokenOf(id) ?? `#${String(id)}`).replaceAll(/[▁Ġ]/g, '␣');
}

function lookAtPrefix({ model }: Pick<OpenModel, 'model'>, adapter: LearnedAdapter): AdapterInsight {
  const { layers, keyValueHeads, headWidth } = model.decoder;
  const { data, shape } = learnedRows(adapter);
  const [tokens = 0, width = 0] = shape;
  const part = keyValueHeads * headWidth;
  const meanLength = (index: number): number => {
    let sum = 0;
    for (let t = 0; t < tokens; t++) sum += lengthOf(data.subarray(t * width + index * part, t * width + (index + 1) * part));
    return sum / tokens;
  };
  const list = Array.from({ length: layers }, (_, layer) => ({
    layer,
    keyNorm: meanLength(2 * layer),
    valueNorm: meanLength(2 * layer + 1),
  }));
  return { kind: 'prefix', layers: list };
}

async function lookAtChanges(store: WeightStore, adapter: LearnedAdapter, kind: 'lora' | 'dora'): Promise<AdapterInsight> {
  const changes: LayerChange[] = [];
  for (const { module, factors, scale, magnitude } of lowRankModules(adapter)) {
    const sums = rowSums(await readFloats(store, weightKey(`${module}.weight`, 'plain')), factors);
    const change = scale * Math.sqrt(total(sums.change));
    const stretch =
      magnitude && magnitude.reduce((sum, m, n) => sum + Math.abs(m / Math.sqrt(sums.weight[n] ?? 1) - 1), 0) / magnitude.length;
    changes.push({
      place: placeOf(module),
      layer: Number(/\.layers\.(\d+)\./.exec(module)?.[1] ?? 0),
      part: module.split('.').at(-1) ?? module,
      change,
      relative: change / Math.sqrt(total(sums.weight)),
      stretch,
    });
  }
  changes.sort((one, other) => places.indexOf(one.place) - places.indexOf(other.place) || one.layer - other.layer);
  return { kind, changes };
}

/** In the order in which they are shown. */
const places: readonly LayerChange['place'][] = ['decoder', 'head', 'projector', 'tower'];

function placeOf(module: string): LayerChange['place'] {
  if (module === headModule) return 'head';
  if (module.startsWith('model.multi_modal_projector.')) return 'projector';
  return module.startsWith('model.vision_tower.') ? 'tower' : 'decoder';
}

async function lookAtWeights(store: WeightStore, adapter: LearnedAdapter): Promise<AdapterInsight> {
  const tensors: { name: string; relative: number }[] = [];
  for (const [name, tensor] of adapter.replaced) tensors.push({ name, relative: await distance(store, name, tensor) });
  return { kind: 'weights', tensors };
}

async function distance(store: WeightStore, name: string, { data }: Tensor<'float32'>): Promise<number> {
  const own = await readFloats(store, weightKey(name, 'plain'));
  return lengthOf(data.map((value, i) => value - (own[i] ?? 0))) / lengthOf(own);
}

async function readFloats(store: WeightStore, key: string): Promise<Float32Array> {
  const read = await store.read(key);
  if (read instanceof Float32Array) return read;
  throw new StudioError('internal', `internal: ${key} was not read as floats`);
}

function lengthOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

function dot(row: Float32Array, table: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += (row[i] ?? 0) * (table[from + i] ?? 0);
  return sum;
}

function total(values: RowSums['change']): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Gives the indices of the largest values, largest first. */
function largest(values: Float64Array, count: number): readonly number[] {
  const best: number[] = [];
  for (const [index, value] of values.entries()) {
    const place = best.findIndex((other) => value > (values[other] ?? 0));
    if (place >= 0) best.splice(place, 0, index);
    else if (best.length < count) best.push(index);
    if (best.length > count) best.pop();
  }
  return best;
}
