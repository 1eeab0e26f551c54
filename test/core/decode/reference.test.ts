import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BeamSpec, FinishedBeam } from '../../../src/core/decode/beam-state.ts';
import { beamAdvance, beamFinish, beamStart } from '../../../src/core/decode/beam.ts';
import { applyRules } from '../../../src/core/decode/processors.ts';
import type { TokenRules, Warp } from '../../../src/core/decode/rules.ts';
import { makeSampler } from '../../../src/core/decode/sampler.ts';
import { softmax } from '../../../src/core/decode/softmax.ts';
import { applyWarp } from '../../../src/core/decode/warpers.ts';
import { readTensorFile } from '../../helpers/tensor-file.ts';
import { tinyLlamaLogits } from '../../helpers/tiny-llama.ts';

const folder = 'test/fixtures/reference/llava15-vicuna';
const weights = await readTensorFile(`${folder}/checkpoint/model.safetensors`);
const expected = await readTensorFile(`${folder}/expected.safetensors`);
const golden = await readTensorFile(`${folder}/generation/generation.safetensors`);

interface GenerationOptions {
  readonly max_new_tokens: number;
  readonly eos_token_id?: readonly number[];
  readonly repetition_penalty?: number;
  readonly no_repeat_ngram_size?: number;
  readonly min_new_tokens?: number;
  readonly bad_words_ids?: readonly (readonly number[])[];
  readonly suppress_tokens?: readonly number[];
  readonly num_beams?: number;
  readonly length_penalty?: number;
  readonly early_stopping?: boolean | 'never';
}
type Cases = Readonly<Record<string, { readonly options: GenerationOptions }>>;
const cases = JSON.parse(readFileSync(`${folder}/generation/generation.json`, 'utf8')) as { options: Cases; beams: Cases };

const off: TokenRules = { repetitionPenalty: 1, noRepeatNgram: 0, bannedSequences: [], minNewTokens: 0, stopIds: [2] };
const plain: Warp = { temperature: 1, topK: 0, topP: 1, minP: 0 };

function rulesOf(options: GenerationOptions): TokenRules {
  return {
    repetitionPenalty: options.repetition_penalty ?? 1,
    noRepeatNgram: options.no_repeat_ngram_size ?? 0,
    bannedSequences: [...(options.bad_words_ids ?? []), ...(options.suppress_tokens ?? []).map((id) => [id])],
    minNewTokens: options.min_new_tokens ?? 0,
    stopIds: options.eos_token_id ?? [2],
  };
}

function run(ids: readonly number[], photo = 'a'): Float32Array {
  return tinyLlamaLogits(weights, expected.floats(`${photo}.image_features`), ids);
}

function greedy(promptIds: readonly number[], options: GenerationOptions): readonly number[] {
  const rules = rulesOf(options);
  const sampler = makeSampler({ rules, warp: { ...plain, temperature: 0 }, promptLength: promptIds.length, seed: 0, captionIndex: 0 });
  const ids = [...promptIds];
  while (ids.length - promptIds.length < options.max_new_tokens) {
    ids.push(sampler.choose(run(ids), ids).token);
    if (rules.stopIds.includes(ids.at(-1) ?? -1)) break;
  }
  return ids.slice(promptIds.length);
}

function search(promptIds: readonly number[], options: GenerationOptions, photo = 'a'): readonly FinishedBeam[] {
  const spec: BeamSpec = {
    rules: rulesOf(options),
    promptIds,
    beams: options.num_beams ?? 1,
    maxNewTokens: options.max_new_tokens,
    lengthPenalty: options.length_penalty ?? 1,
    earlyStopping: options.early_stopping ?? false,
    forcing: null,
  };
  let state = beamStart(spec);
  while (!state.isDone) {
    const rows = state.running.map((beam) => run([...promptIds, ...beam.ids], photo));
    state = beamAdvance(state, rows).state;
  }
  return beamFinish(state, spec.beams);
}

/** Rows of equal length, as the reference returns them. */
function padded(texts: readonly FinishedBeam[], pad: number): number[][] {
  const longest = Math.max(...texts.map(({ ids }) => ids.length));
  return texts.map(({ ids }) => [...ids, ...Array<number>(longest - ids.length).fill(pad)]);
}

const [promptIds = []] = golden.rows('input_ids');

describe('tinyLlamaLogits', () => {
  it('gives the logits of the reference, so that what follows tests the choice alone', () => {
    const logits = run(promptIds);
    const wanted = golden.floats('warped.logits');
    expect(Math.max(...logits.map((value, i) => Math.abs(value - (wanted[i] ?? NaN))))).toBeLessThan(1e-4);
  });
});

describe('makeSampler at temperature 0', () => {
  it.each(Object.entries(cases.options))('writes the ids of transformers with %s', (name, { options }) => {
    expect([greedy(promptIds, options)]).toEqual(golden.rows(`${name}.ids`));
  });

  it('goes on from words that the answer was made to begin with', () => {
    const [withWords = []] = golden.rows('forced_words.input_ids');
    expect([greedy(withWords, { max_new_tokens: 16 })]).toEqual(golden.rows('forced_words.ids'));
  });

  it('sums to the log-probability of the model whatever the rules do', () => {
    const sampler = makeSampler({
      rules: { ...off, repetitionPenalty: 1.3 },
      warp: { ...plain, temperature: 0 },
      promptLength: promptIds.length,
      seed: 0,
      captionIndex: 0,
    });
    const { token, logProbability } = sampler.choose(golden.floats('warped.logits'), promptIds);
    expect(Math.exp(logProbability)).toBeCloseTo(golden.floats('warped.plain')[token] ?? NaN, 6);
  });
});

describe('applyWarp', () => {
  const warps: readonly (readonly [string, Partial<Warp>, Partial<TokenRules>])[] = [
    ['plain', {}, {}],
    ['temperature_0.7', { temperature: 0.7 }, {}],
    ['temperature_1.5', { temperature: 1.5 }, {}],
    ['top_k_10', { topK: 10 }, {}],
    ['top_p_0.8', { topP: 0.8 }, {}],
    ['top_p_0.05', { topP: 0.05 }, {}],
    ['min_p_0.1', { minP: 0.1 }, {}],
    ['temperature_0.7_top_k_20_top_p_0.9', { temperature: 0.7, topK: 20, topP: 0.9 }, {}],
    ['penalty_1.3_temperature_1.2_top_p_0.9', { temperature: 1.2, topP: 0.9 }, { repetitionPenalty: 1.3 }],
  ];
  it.each(warps)('gives the distribution of transformers with %s', (name, warp, rules) => {
    const scores = golden.floats('warped.logits');
    applyRules(scores, { ...off, ...rules }, promptIds, promptIds.length);
    applyWarp(scores, { ...plain, ...warp });
    const wanted = golden.floats(`warped.${name}`);
    for (const [id, probability] of softmax(scores).entries()) {
      const reference = wanted[id] ?? NaN;
      expect(probability === 0).toBe(reference === 0);
      expect(Math.abs(probability - reference)).toBeLessThanOrEqual(1e-7 + 1e-5 * reference);
    }
  });
});

describe('beamAdvance and beamFinish', () => {
  it.each(Object.entries(cases.beams))('find the texts and scores of transformers with %s', (name, { options }) => {
    const found = search(promptIds, options);
    expect(padded(found, 3)).toEqual(golden.rows(`${name}.ids`));
    for (const [rank, score] of golden.floats(`${name}.sequences_scores`).entries()) {
      expect(Math.abs((found[rank]?.score ?? NaN) - score)).toBeLessThanOrEqual(1e-4 + 1e-5 * Math.abs(score));
    }
  });

  it.each(['a', 'b'])('find the best of four beams for photo %s', (photo) => {
    const [ids = []] = expected.rows(`${photo}.input_ids`);
    const [best] = search(ids, { max_new_tokens: 16, num_beams: 4 }, photo);
    expect([best?.ids]).toEqual(expected.rows(`${photo}.beam4_ids`));
  });

  it('keep the log-probability of the model beside the score', () => {
    const [best] = search(promptIds, { max_new_tokens: 6, num_beams: 3, repetition_penalty: 1.5 });
    let sum = 0;
    best?.ids.forEach((id, i) => (sum += Math.log(softmax(run([...promptIds, ...best.ids.slice(0, i)]))[id] ?? NaN)));
    expect(best?.logProbability).toBeCloseTo(sum, 4);
    expect((best?.score ?? NaN) * (best?.ids.length ?? NaN)).toBeLessThan(sum);
  });
});
