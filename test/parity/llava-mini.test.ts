/** @file llava-mini in Node against the PyTorch reference: features, logits, ids; and that batches change nothing. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { fileSource, folderFiles, folderSink } from '../../src/cli/node-files.ts';
import { openNodeModel } from '../../src/cli/open-model.ts';
import { readSafetensorsHeader, readTensor } from '../../src/core/codec/safetensors.ts';
import { processPicture } from '../../src/core/image/processor.ts';
import { captionPictures } from '../../src/engine/caption/captioner.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { renderPrompt } from '../../src/engine/text/prompt.ts';

const shared = join(import.meta.dirname, '../../../shared');
const checkpoint = join(shared, 'checkpoints/llava-mini');
const photos = join(shared, 'data/photos');
/** The picture's own size counts only for models that see tiles. */
const square = { height: 260, width: 260 };

interface Expected {
  readonly system: string;
  readonly prompts: Readonly<Record<string, string>>;
  readonly tensors_of: readonly string[];
  readonly greedy: Readonly<Record<string, Readonly<Record<string, { readonly ids: readonly number[]; readonly text: string }>>>>;
}

/** Largest absolute difference of two lists of numbers. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}

// The reference's weights and photos are not part of this repository; the embedded bundle is tested in test/cli/caption.test.ts.
describe.runIf(existsSync(checkpoint))('llava-mini in fp32', () => {
  let folder = '';
  let model: OpenModel;
  let expected: Expected;
  const golden = async (name: string): Promise<{ shape: readonly number[]; data: ArrayLike<number> }> => {
    const source = await fileSource(join(checkpoint, 'expected.safetensors'));
    const info = (await readSafetensorsHeader(source)).tensors.get(name);
    if (!info) throw new Error(`no golden ${name}`);
    const { shape, data } = await readTensor(source, info);
    return { shape, data: data as Float32Array };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llava-mini-'));
    await convertCheckpoint(folderFiles(checkpoint), folderSink(folder), {
      precision: 'fp32',
      name: 'llava-mini',
      source: 'test',
      licence: 'test',
    });
    model = await openNodeModel(folder);
    expected = JSON.parse(await readFile(join(checkpoint, 'expected.json'), 'utf8')) as Expected;
  });
  afterAll(async () => {
    await model.close();
    await rm(folder, { recursive: true });
  });

  it('gives the reference’s features, logits and ids from the same pixels', async () => {
    const [pixels, features, logits] = [await golden('pixel_values'), await golden('image_features'), await golden('logits')];
    const prompt = renderPrompt(model.template, { system: '', prompt: expected.prompts['one'] ?? '' });
    const sizeOf = (tensor: { data: ArrayLike<number> }): number => tensor.data.length / 4;
    const part = (tensor: { data: ArrayLike<number> }, i: number): Float32Array =>
      (tensor.data as Float32Array).slice(i * sizeOf(tensor), (i + 1) * sizeOf(tensor));
    for (const [i, name] of expected.tensors_of.entries()) {
      const trace = await traceCaption(model, { pixels: part(pixels, i), size: square }, prompt, 80);
      expect(largestDifference(trace.get('image_features')?.data as Float32Array, part(features, i))).toBeLessThan(1e-3);
      expect(largestDifference(trace.get('logits')?.data as Float32Array, part(logits, i))).toBeLessThan(2e-3);
      expect(Array.from(trace.get('greedy_ids')?.data as BigInt64Array, Number)).toEqual(expected.greedy[name]?.['one']?.ids);
    }
  });

  it('reads the system prompt as the reference does', async () => {
    const pixels = await golden('pixel_values');
    const last = await golden('system_logits_last');
    const detail = expected.prompts['detail'] ?? '';
    const V = last.data.length / 4;
    const trace = await traceCaption(
      model,
      { pixels: (pixels.data as Float32Array).slice(0, pixels.data.length / 4), size: square },
      renderPrompt(model.template, { system: expected.system, prompt: detail }),
      1,
    );
    const logits = trace.get('logits')?.data as Float32Array;
    expect(largestDifference(logits.slice(-V), (last.data as Float32Array).slice(0, V))).toBeLessThan(2e-3);
  });

  it('makes the reference’s pixels from the picture files, within one grey level', async () => {
    const pixels = await golden('pixel_values');
    const size = pixels.data.length / 4;
    for (const [i, name] of expected.tensors_of.entries()) {
      const ours = processPicture(await decodePicture(name, await readFile(join(photos, name))), model.processor).data;
      // JPEG decoders may differ by a level here and there; 1/128 is one.
      expect(largestDifference(ours, (pixels.data as Float32Array).slice(i * size, (i + 1) * size))).toBeLessThan(3 / 128);
    }
  });

  it('writes the reference’s captions from the picture files, in batches of any size', async () => {
    const names = Object.keys(expected.greedy);
    for (const [key, prompt] of Object.entries(expected.prompts)) {
      for (const batchSize of key === 'one' ? [1, 3, 8] : [8]) {
        const texts = new Map<string, string>();
        const requests = names.map((name) => ({
          id: name,
          system: '',
          prompt,
          load: async () => decodePicture(name, await readFile(join(photos, name))),
        }));
        await captionPictures(
          model,
          requests,
          { decoding: model.defaults, batchSize },
          {
            onLooking: () => undefined,
            onText: () => undefined,
            onDone: (id, outcome) => texts.set(id, outcome.captions[0]?.text ?? ''),
            onFailed: (id, error) => {
              throw new Error(`${id}: ${error.message}`);
            },
            isCancelled: () => false,
          },
        );
        const same = names.filter((name) => texts.get(name) === expected.greedy[name]?.[key]?.text);
        expect(texts.size).toBe(names.length);
        expect(same.length / names.length).toBeGreaterThanOrEqual(0.94);
      }
    }
  }, 600_000); // hundreds of captions
});
