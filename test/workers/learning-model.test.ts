/** @file Full fine-tuning on the GPU, where models compute on blocks, learns what it learns in wasm in floats. */
import { expect, it } from 'vitest';
import { pictureFromRgb } from '../../src/core/image/picture.ts';
import type { ComputePolicy } from '../../src/engine/runtime.ts';
import { recipeOptions } from '../../src/engine/train/recipes.ts';
import { openTrainer } from '../../src/engine/train/trainer.ts';
import type { TrainPicture } from '../../src/engine/train/request.ts';
import type { Backend } from '../../workers/api.ts';
import { openReference } from './reference-model.ts';

const side = 24;

function picture(id: string, colour: readonly [number, number, number]): TrainPicture {
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (colour[i % 3] ?? 0) + (i % 7));
  return {
    id,
    captions: ['a red ball'],
    contentHash: () => Promise.resolve(id),
    load: () => Promise.resolve(pictureFromRgb(side, side, pixels)),
  };
}

/** The losses of three steps, and how far the weights went. */
async function train(backend: Backend, policy: ComputePolicy): Promise<readonly number[]> {
  const model = await openReference('llava-interleave-qwen2', backend, { precision: 'q8', policy });
  const losses: number[] = [];
  const trainer = await openTrainer({
    model,
    options: {
      ...recipeOptions('ours', { kind: 'full', tower: false }),
      prompt: { system: '', prompt: 'what is it?' },
      length: { steps: 3 },
      batchPictures: 1,
      captionsPerPicture: 1,
    },
    pictures: [picture('red', [200, 20, 30]), picture('blue', [10, 30, 220])],
    validation: [],
    features: null,
    checkpoints: null,
    resumes: false,
    onEvent: (event) => {
      if (event.kind === 'step') losses.push(event.loss);
    },
  });
  expect(await trainer.run(() => 'go')).toBe('finished');
  const { replaced } = await trainer.result('full');
  await trainer.close();
  await model.close();
  expect(replaced.size).toBeGreaterThan(10);
  return losses;
}

it('has the same losses', async () => {
  const [gpu, wasm] = [await train('webgpu', 'stored'), await train('wasm', 'float32')];
  expect(gpu).toHaveLength(3);
  for (const [i, loss] of wasm.entries()) expect(Math.abs((gpu[i] ?? NaN) - loss)).toBeLessThan(1e-3);
});
