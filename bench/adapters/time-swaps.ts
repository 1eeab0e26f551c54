/** @file Times what it takes to change styles on an open model, for each kind, and what a token then takes. */

import { emptyCard, type LearnedAdapter } from '../../src/core/adapter/learned.ts';
import { decoderModules, type LowRankSpec } from '../../src/core/adapter/spec.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { float32, type Tensor } from '../../src/core/tensor/tensor.ts';
import { makeRack, type AdapterRack } from '../../src/engine/adapter/rack.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { decoderSites } from '../../models/decoder/sites.ts';

/** What was measured of one kind. @unit ms */
export interface SwapTimes {
  readonly kind: string;
  /** The first time that any adapter of this kind is put on: its session is opened. */
  readonly firstMs: number;
  /** Another adapter of the same kind instead, never worn before: its numbers are laid out and fed. */
  readonly otherMs: number;
  /** One that was worn before, back on. */
  readonly backMs: number;
  readonly tokenMs: number;
  readonly tokenMs8: number;
}

const repeats = 5;
const newTokens = 30;
const promptPositions = 68;

/** Times all kinds on a model with random numbers, which take as long as learned ones. */
export async function timeSwaps(model: OpenModel): Promise<readonly SwapTimes[]> {
  const rack = makeRack(model);
  const base = { kind: 'none', firstMs: 0, otherMs: 0, backMs: 0, ...(await timeTokens(model)) };
  const times: SwapTimes[] = [base];
  for (const [kind, make] of Object.entries(kinds)) times.push(await timeKind(model, rack, kind, make));
  times.push({ ...base, kind: 'none, after all these', ...(await timeTokens(model)) });
  await rack.close();
  return times;
}

async function timeKind(
  model: OpenModel,
  rack: AdapterRack,
  kind: string,
  make: (model: OpenModel, seed: number) => LearnedAdapter,
): Promise<SwapTimes> {
  const [first, ...others] = Array.from({ length: repeats + 1 }, (_, seed) => make(model, seed));
  if (!first) return { kind, firstMs: NaN, otherMs: NaN, backMs: NaN, tokenMs: NaN, tokenMs8: NaN };
  const wear = async (adapter: LearnedAdapter): Promise<number> => {
    const startMs = performance.now();
    await rack.wear([{ adapter, scale: 1 }]);
    return performance.now() - startMs;
  };
  const firstMs = await wear(first);
  const otherMs: number[] = [];
  for (const other of others) otherMs.push(await wear(other));
  const backMs: number[] = [];
  for (const other of others) backMs.push(await wear(other));
  const tokens = await timeTokens(await rack.wear([{ adapter: others[0] ?? first, scale: 1 }]));
  for (const adapter of [first, ...others]) await rack.forget(adapter);
  return { kind, firstMs, otherMs: median(otherMs), backMs: median(backMs), ...tokens };
}

async function timeTokens(model: OpenModel): Promise<Pick<SwapTimes, 'tokenMs' | 'tokenMs8'>> {
  return { tokenMs: await timeBatch(model, 1), tokenMs8: await timeBatch(model, 8) };
}

/** The best of several runs: the one least disturbed by whatever else the machine does. */
async function timeBatch({ runtime, decoder, model }: OpenModel, batch: number): Promise<number> {
  const { hiddenSize } = model.decoder;
  const rows = runtime.upload(float32([1, 1, hiddenSize], new Float32Array(hiddenSize)));
  const sequence = Array.from({ length: promptPositions }, (_, i) => ({ token: 5 + i, row: -1 }));
  let best = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    let { state } = await decoder.prefill(
      Array.from({ length: batch }, () => sequence),
      rows,
    );
    const startMs = performance.now();
    for (let i = 0; i < newTokens; i++)
      ({ state } = await decoder.advance(
        state,
        Array.from({ length: batch }, () => 300 + i),
      ));
    best = Math.min(best, (performance.now() - startMs) / newTokens / batch);
    decoder.drop(state);
  }
  rows.dispose();
  return best;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Adapters of random numbers, by what they are. */
export const kinds: Readonly<Record<string, (model: OpenModel, seed: number) => LearnedAdapter>> = {
  'soft prompt, 16 tokens, first': (model, seed) => rowsAdapter(model, 'prompt', seed),
  'soft prompt, 16 tokens, in the sentence': (model, seed) => ({ ...rowsAdapter(model, 'prompt', seed), placement: 'prompt' }),
  'prefix, 16 tokens': (model, seed) => rowsAdapter(model, 'prefix', seed),
  'LoRA, rank 8, q and v': (model, seed) => lowRank(model, 'lora', ['q_proj', 'v_proj'], seed),
  'LoRA, rank 8, all parts': (model, seed) => lowRank(model, 'lora', decoderModules, seed),
  'DoRA, rank 8, all parts': (model, seed) => lowRank(model, 'dora', decoderModules, seed),
  'whole weights, one layer': (model, seed) => wholeWeights(model, seed, (name) => name.includes('language_model.layers.0.')),
  'whole weights, all but the tower': (model, seed) => wholeWeights(model, seed, (name) => !name.includes('vision_tower')),
  'whole weights, all': (model, seed) => wholeWeights(model, seed, () => true),
};

function noise(shape: readonly number[], seed: number): Tensor<'float32'> {
  const random = makeRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return float32(
    shape,
    Float32Array.from({ length: count }, () => 0.02 * (random.nextUniform() - 0.5)),
  );
}

function adapterOf(parts: Pick<LearnedAdapter, 'spec' | 'tensors'> & Partial<LearnedAdapter>): LearnedAdapter {
  const base = { name: '', revision: null, digest: null };
  return { name: 'made up', replaced: new Map(), placement: 'start', start: null, base, card: emptyCard, ...parts };
}

function rowsAdapter({ model }: OpenModel, kind: 'prompt' | 'prefix', seed: number): LearnedAdapter {
  const { hiddenSize, layers, keyValueHeads, headWidth } = model.decoder;
  const width = kind === 'prompt' ? hiddenSize : layers * 2 * keyValueHeads * headWidth;
  const spec = kind === 'prompt' ? { kind, tokens: 16 } : { kind, tokens: 16, projectionSize: null };
  return adapterOf({ spec, tensors: new Map([['prompt_embeddings', noise([16, width], seed)]]) });
}

function lowRank({ model }: OpenModel, kind: 'lora' | 'dora', parts: readonly string[], seed: number): LearnedAdapter {
  const rank = 8;
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const { module, inputSize, outputSize } of decoderSites(model.decoder).values()) {
    if (!parts.some((part) => module.endsWith(part))) continue;
    tensors.set(`${module}.lora_A.weight`, noise([rank, inputSize], seed));
    tensors.set(`${module}.lora_B.weight`, noise([outputSize, rank], seed + 1));
    if (kind === 'dora') tensors.set(`${module}.lora_magnitude_vector`, float32([outputSize], new Float32Array(outputSize).fill(1)));
  }
  const spec: LowRankSpec = { kind, rank, alpha: 16, isRankStabilized: false, targets: parts, dropout: 0 };
  return adapterOf({ spec, tensors });
}

function wholeWeights({ bundle }: OpenModel, seed: number, isMeant: (name: string) => boolean): LearnedAdapter {
  const meant = [...bundle.manifest.tensors].filter(({ name }) => isMeant(name));
  const replaced = new Map(meant.map(({ name, shape }) => [name, noise(shape, seed)]));
  return adapterOf({ spec: { kind: 'weights' }, tensors: new Map(), replaced });
}

/** Writes the times as a table. */
export function swapTable(where: string, times: readonly SwapTimes[]): string {
  const number = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  const rows = times.map(
    ({ kind, firstMs, otherMs, backMs, tokenMs, tokenMs8 }) =>
      `| ${where} | ${kind} | ${[firstMs, otherMs, backMs, tokenMs, tokenMs8].map(number).join(' | ')} |`,
  );
  return [
    '| in | worn | first of its kind | another | back again | a token, 1 row | a token a row, 8 rows |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
