/** @file Every family in the browser, in wasm and on WebGPU, against transformers: features, logits and ids from the same pixels. */
import { describe, expect, it } from 'vitest';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { numbers, openReference, photosOf, tensorsOf, worstMiss } from './reference-model.ts';

const names = ['llava15-vicuna', 'llava15-bf16-sharded', 'llava-interleave-qwen2', 'llava16-vicuna', 'llava-onevision-qwen2'];

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  it.each(names)('%s gives the reference’s features, logits and ids', async (name) => {
    const model = await openReference(name, backend, { precision: 'fp32', policy: 'float32' });
    const golden = await tensorsOf(`${name}/expected.safetensors`);
    const photos = await photosOf(name);
    // A GPU in software takes seconds a photo; the others differ in their sizes alone, which graphs do not know.
    for (const [key, photo] of backend === 'webgpu' ? photos.slice(0, 1) : photos) {
      const view = { pixels: await golden(`${key}.pixel_values`), size: photo };
      const trace = await traceCaption(model, view, rawPrompt(photo.prompt), 24);
      const features = worstMiss(numbers(trace, 'image_features'), await golden(`${key}.image_features`), 2e-5);
      const logits = worstMiss(numbers(trace, 'logits'), await golden(`${key}.logits`), 1e-4);
      expect({ features: features <= 1, logits: logits <= 1 }, `${String(features)} ${String(logits)}`).toEqual({
        features: true,
        logits: true,
      });
      const ids = Array.from(await golden(`${key}.greedy_ids`));
      const end = ids.findIndex((id) => model.stopIds.includes(id));
      expect(Array.from(numbers(trace, 'greedy_ids'))).toEqual(end < 0 ? ids : ids.slice(0, end));
    }
    await model.close();
  });

  it('computes in 4 bits what floats give from the same quantised weights', async () => {
    const name = 'llava-interleave-qwen2';
    const [blocks, floats] = [
      await openReference(name, backend, { precision: 'q4', policy: 'stored' }),
      await openReference(name, backend, { precision: 'q4', policy: 'float32' }),
    ];
    const golden = await tensorsOf(`${name}/expected.safetensors`);
    const [[key, photo] = expect.fail('no photo')] = await photosOf(name);
    const view = { pixels: await golden(`${key}.pixel_values`), size: photo };
    const [got, wanted] = [
      await traceCaption(blocks, view, rawPrompt(photo.prompt), 24),
      await traceCaption(floats, view, rawPrompt(photo.prompt), 24),
    ];
    const miss = worstMiss(numbers(got, 'logits'), numbers(wanted, 'logits'), 1e-4);
    expect(miss, String(miss)).toBeLessThanOrEqual(1);
    expect(numbers(got, 'greedy_ids')).toEqual(numbers(wanted, 'greedy_ids'));
    await blocks.close();
    await floats.close();
  });
});
