/** @file Every family in Node against transformers: features, logits and ids from the same pixels, captions from the picture files. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import { captionPictures, type CaptionRequest } from '../../src/engine/caption/captioner.ts';
import { viewPicture } from '../../src/engine/caption/look.ts';
import { traceCaption, type Trace } from '../../src/engine/caption/trace.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { rawPrompt, renderPrompt } from '../../src/engine/text/prompt.ts';
import { decodePhoto } from '../helpers/decode-photo.ts';
import type { TensorFile } from '../helpers/tensor-file.ts';
import { openReference, references, tolerance, worstMiss, type Reference, type ReferencePhoto } from './reference.ts';

const all = references();

it('has references of every family', () => {
  expect(all.length).toBeGreaterThanOrEqual(5);
});

function floats(trace: Trace, name: string): Float32Array {
  return Float32Array.from(trace.get(name)?.data as Float32Array);
}

function ids(trace: Trace, name: string): readonly number[] {
  return Array.from((trace.get(name)?.data ?? new BigInt64Array()) as BigInt64Array, Number);
}

/** The reference's new tokens up to the stop id. */
function wantedIds(model: OpenModel, golden: TensorFile, name: string): readonly number[] {
  const row = golden.rows(name)[0] ?? [];
  const end = row.findIndex((id) => model.stopIds.includes(id));
  return end < 0 ? row : row.slice(0, end);
}

function traceStored(
  model: OpenModel,
  reference: Reference,
  golden: TensorFile,
  [key, photo]: readonly [string, ReferencePhoto],
): Promise<Trace> {
  const view = { pixels: golden.floats(`${key}.pixel_values`), size: photo };
  return traceCaption(model, view, rawPrompt(photo.prompt), reference.greedyTokens);
}

describe.each(all)('$name', (reference) => {
  let model: OpenModel;
  let golden: TensorFile;
  beforeAll(async () => {
    model = await openReference(reference, 'fp32');
    golden = await reference.tensors();
  });
  afterAll(() => model.close());

  it.each(reference.photos)('gives the features, logits and ids of photo %s from the same pixels', async (key, photo) => {
    const trace = await traceStored(model, reference, golden, [key, photo]);
    expect(ids(trace, 'input_ids')).toEqual(golden.rows(`${key}.input_ids`)[0]);
    expect(worstMiss(floats(trace, 'image_features'), golden.floats(`${key}.image_features`), tolerance.features)).toBeLessThanOrEqual(1);
    expect(worstMiss(floats(trace, 'logits'), golden.floats(`${key}.logits`), tolerance.logits)).toBeLessThanOrEqual(1);
    expect(ids(trace, 'greedy_ids')).toEqual(wantedIds(model, golden, `${key}.greedy_ids`));
  });

  it.each(reference.photos)('makes the pixels of photo %s from its file', async (key, photo) => {
    const { pixels, size } = viewPicture(model, await decodePhoto(join(reference.folder, photo.file)));
    const wanted = golden.floats(`${key}.pixel_values`).subarray(0, pixels.length);
    expect(size).toEqual({ width: photo.width, height: photo.height });
    const apart = pixels.filter((value, i) => Math.abs(value - (wanted[i] ?? NaN)) > 1e-5).length;
    expect(worstMiss(pixels, wanted, { rtol: 0, atol: 2e-2 })).toBeLessThanOrEqual(1);
    expect(apart / pixels.length).toBeLessThanOrEqual(0.01);
  });

  it.each(reference.photos)('writes the prompt of photo %s as its template has it', (_, photo) => {
    expect(renderPrompt(model.template, { system: '', prompt: questionOf(photo) }).text).toBe(photo.prompt);
  });

  it.each([1, 2])('writes the greedy ids and those of four beams from the files, in batches of %i', async (batchSize) => {
    for (const { beams, maxNewTokens, name } of [
      { beams: 1, maxNewTokens: 24, name: 'greedy_ids' },
      { beams: 4, maxNewTokens: 16, name: 'beam4_ids' },
    ]) {
      const written = new Map<string, readonly number[]>();
      const requests = reference.photos.map(
        ([key, photo]): CaptionRequest => ({
          id: key,
          load: () => decodePhoto(join(reference.folder, photo.file)),
          system: '',
          prompt: questionOf(photo),
        }),
      );
      const decoding = { ...defaultDecoding, beams, maxNewTokens };
      await captionPictures(
        model,
        requests,
        { decoding, batchSize },
        {
          onLooking: () => undefined,
          onText: () => undefined,
          onDone: (id, outcome) => written.set(id, outcome.captions[0]?.ids ?? []),
          onFailed: (_, error) => {
            throw error;
          },
          isCancelled: () => false,
        },
      );
      for (const [key] of reference.photos) expect(written.get(key)).toEqual(wantedIds(model, golden, `${key}.${name}`));
    }
  });

  it.each([
    ['q8', 'stored'],
    ['q4', 'stored'],
  ] as const)('computes in %s what floats give from the same quantised weights', async (precision, policy) => {
    const [blocks, dequantised] = [await openReference(reference, precision, policy), await openReference(reference, precision, 'float32')];
    for (const photo of reference.photos) {
      const [got, wanted] = [await traceStored(blocks, reference, golden, photo), await traceStored(dequantised, reference, golden, photo)];
      expect(worstMiss(floats(got, 'image_features'), floats(wanted, 'image_features'), tolerance.features)).toBeLessThanOrEqual(1);
      expect(worstMiss(floats(got, 'logits'), floats(wanted, 'logits'), tolerance.logits)).toBeLessThanOrEqual(1);
      expect(ids(got, 'greedy_ids')).toEqual(ids(wanted, 'greedy_ids'));
      // The weights were quantised: their logits are not those of the checkpoint.
      expect(worstMiss(floats(got, 'logits'), golden.floats(`${photo[0]}.logits`), tolerance.logits)).toBeGreaterThan(1);
    }
    await blocks.close();
    await dequantised.close();
  });
});

/** Takes the question out of a reference's whole prompt. */
function questionOf(photo: ReferencePhoto): string {
  return /<image>\s*(.*?)(?:<\|im_end\|>| ASSISTANT:)/.exec(photo.prompt)?.[1] ?? expect.fail(photo.prompt);
}
