/** @file A tower whose weights are shared buffers, as those of large models are, against one that holds its own. */
import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { openReference, photosOf, tensorsOf, worstMiss } from './reference-model.ts';

describe('a tower with shared weights', () => {
  it.each(['llava15-vicuna', 'llava-interleave-qwen2'])('sees in %s what one sees that holds its own', async (name) => {
    const model = await openReference(name, 'webgpu', { precision: 'q4', policy: 'stored' });
    const { runtime, store } = model;
    const { vision } = model.model;
    const [[key] = expect.fail('no photo')] = await photosOf(name);
    const pixels = await (await tensorsOf(`${name}/expected.safetensors`))(`${key}.pixel_values`);
    const see = async (sharesWeights: boolean): Promise<Float32Array> => {
      const session = await runtime.createSession({ graph: vision.graph(store.catalog), weights: store, sharesWeights });
      const input = runtime.upload(float32([1, 3, vision.imageSize, vision.imageSize], pixels.slice(0, 3 * vision.imageSize ** 2)));
      const { image_features: features } = await session.run({ pixel_values: input });
      const seen = features ? await runtime.download(features) : new Float32Array();
      await session.close();
      return seen;
    };
    const own = await see(false);
    expect(own.length).toBeGreaterThan(0);
    expect(worstMiss(await see(true), own, 1e-6)).toBeLessThanOrEqual(1);
    await model.close();
  });
});
