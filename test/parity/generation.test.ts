/** @file Decoding options, beams and a ragged batch through the engine, against transformers' generate. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultDecoding, type DecodingOptions } from '../../src/core/decode/options.ts';
import { look } from '../../src/engine/caption/look.ts';
import { promptSequence, renderedParts } from '../../src/engine/caption/prompt-sequence.ts';
import { writeCaptions, type BatchMember } from '../../src/engine/caption/write-captions.ts';
import { makeWriter } from '../../src/engine/caption/make-writer.ts';
import type { WrittenCaption } from '../../src/engine/caption/writer.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { readTensorFile, type TensorFile } from '../helpers/tensor-file.ts';
import { openReference, references, tolerance, worstMiss } from './reference.ts';

/** Options by their names in transformers. */
interface GenerateOptions {
  readonly max_new_tokens: number;
  readonly min_new_tokens?: number;
  readonly eos_token_id?: readonly number[];
  readonly repetition_penalty?: number;
  readonly no_repeat_ngram_size?: number;
  readonly bad_words_ids?: readonly (readonly number[])[];
  readonly suppress_tokens?: readonly number[];
  readonly num_beams?: number;
  readonly num_return_sequences?: number;
  readonly length_penalty?: number;
  readonly early_stopping?: boolean | 'never';
}

interface Cases {
  readonly prompt: string;
  readonly options: Readonly<Record<string, { readonly options: GenerateOptions }>>;
  readonly beams: Readonly<Record<string, { readonly options: GenerateOptions }>>;
  readonly batch: { readonly prompts: readonly string[]; readonly options: GenerateOptions };
}

/** One text to write: its prompt's whole ids, and which photo's pixels stand at the picture's place. */
interface Job {
  readonly prompt: string;
  readonly photo: string;
}

const withGeneration = references().filter(({ folder }) => existsSync(join(folder, 'generation/generation.json')));

it('has a reference with decoding options', () => {
  expect(withGeneration.length).toBeGreaterThan(0);
});

describe.each(withGeneration)('$name', (reference) => {
  const folder = join(reference.folder, 'generation');
  const cases = JSON.parse(readFileSync(join(folder, 'generation.json'), 'utf8')) as Cases;
  const first: Job = { prompt: cases.prompt, photo: 'a' };
  let model: OpenModel;
  let photos: TensorFile;
  let golden: TensorFile;
  beforeAll(async () => {
    model = await openReference(reference, 'fp32');
    photos = await reference.tensors();
    golden = await readTensorFile(join(folder, 'generation.safetensors'));
  });
  afterAll(() => model.close());

  const write = async (jobs: readonly Job[], options: GenerateOptions): Promise<readonly (readonly WrittenCaption[])[]> => {
    const side = model.model.vision.imageSize;
    const views = jobs.map(({ photo }) => ({ pixels: photos.floats(`${photo}.pixel_values`), size: { width: side, height: side } }));
    const { rows, places } = await look(model, views);
    const members = jobs.map(({ prompt }, i) => memberOf(model, { prompt, place: places[i] ?? expect.fail('no rows') }, options));
    const quiet = { onText: () => undefined, onEnd: () => undefined, isCancelled: () => false };
    await writeCaptions(model.decoder, members, rows, quiet);
    rows.dispose();
    return members.map(({ writer }) => writer.finish());
  };
  /** The rows of a golden, each cut before its stop id. */
  const wanted = (name: string, stopIds: readonly number[]): number[][] =>
    golden.rows(`${name}.ids`).map((row) => {
      const end = row.findIndex((id) => stopIds.includes(id));
      return end < 0 ? row : row.slice(0, end);
    });

  it.each(Object.entries(cases.options))('writes the ids of %s', async (name, { options }) => {
    const [captions = []] = await write([first], options);
    expect(captions.map(({ ids }) => ids)).toEqual(wanted(name, options.eos_token_id ?? model.stopIds));
  });

  it.each(Object.entries(cases.beams))('finds the texts of %s', async (name, { options }) => {
    const [captions = []] = await write([first], options);
    expect(captions.map(({ ids }) => ids)).toEqual(wanted(name, options.eos_token_id ?? model.stopIds));
    const penalty = options.length_penalty ?? 1;
    const scores = captions.map(
      ({ logProbability, ids, stoppedBy }) => logProbability / (ids.length + (stoppedBy === 'end' ? 1 : 0)) ** penalty,
    );
    expect(worstMiss(scores, golden.floats(`${name}.sequences_scores`), { rtol: 1e-5, atol: 1e-4 })).toBeLessThanOrEqual(1);
  });

  it('reads prompts of two lengths side by side, and writes as each alone', async () => {
    const jobs = cases.batch.prompts.map((prompt, i) => ({ prompt, photo: i === 0 ? 'a' : 'b' }));
    const written = await write(jobs, cases.batch.options);
    expect(written.map(([caption]) => caption?.ids)).toEqual(wanted('batch', model.stopIds));
    for (const [i, job] of jobs.entries()) expect((await write([job], cases.batch.options))[0]?.[0]?.ids).toEqual(written[i]?.[0]?.ids);
  });

  it('gives the last logits of a padded batch', async () => {
    const side = model.model.vision.imageSize;
    const views = ['a', 'b'].map((photo) => ({ pixels: photos.floats(`${photo}.pixel_values`), size: { width: side, height: side } }));
    const { rows, places, softRow } = await look(model, views);
    const sequences = cases.batch.prompts.map((prompt, i) =>
      promptSequence(renderedParts(model, rawPrompt(prompt)), {
        ...(places[i] ?? expect.fail('no rows')),
        softRow,
        imageTokenId: model.model.imageTokenId,
      }),
    );
    const { logits, state } = await model.decoder.prefill(sequences, rows);
    model.decoder.drop(state);
    rows.dispose();
    expect(
      worstMiss(
        logits.flatMap((row) => Array.from(row)),
        golden.floats('batch.last_logits'),
        tolerance.logits,
      ),
    ).toBeLessThanOrEqual(1);
  });
});

function decodingOf(options: GenerateOptions): DecodingOptions {
  return {
    ...defaultDecoding,
    maxNewTokens: options.max_new_tokens,
    minNewTokens: options.min_new_tokens ?? 0,
    beams: options.num_beams ?? 1,
    captions: options.num_return_sequences ?? 1,
    lengthPenalty: options.length_penalty ?? 1,
    earlyStopping: options.early_stopping ?? false,
    repetitionPenalty: options.repetition_penalty ?? 1,
    noRepeatNgram: options.no_repeat_ngram_size ?? 0,
  };
}

function memberOf(
  model: OpenModel,
  job: { readonly prompt: string; readonly place: { readonly firstRow: number; readonly rowCount: number } },
  options: GenerateOptions,
): BatchMember {
  const places = { ...job.place, softRow: 0, imageTokenId: model.model.imageTokenId };
  const sequence = promptSequence(renderedParts(model, rawPrompt(job.prompt)), places);
  const writer = makeWriter({
    options: decodingOf(options),
    promptIds: sequence.map(({ token }) => token),
    startIds: [],
    stopIds: options.eos_token_id ?? model.stopIds,
    bannedSequences: [...(options.bad_words_ids ?? []), ...(options.suppress_tokens ?? []).map((id) => [id])],
    forced: null,
    decode: (tokens) => model.tokenizer.decode(tokens),
  });
  return { sequence, writer };
}
