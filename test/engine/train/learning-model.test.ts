/** @file Full fine-tuning of a model that computes on blocks, as it does on a GPU, learns as one that was opened in floats. */
import { describe, expect, it } from 'vitest';
import type { ComputePolicy } from '../../../src/engine/runtime.ts';
import { estimateMemory } from '../../../src/engine/train/estimate.ts';
import type { MethodOptions } from '../../../src/engine/train/options.ts';
import { timeTraining } from '../../../src/engine/train/time-training.ts';
import { openTrainer } from '../../../src/engine/train/trainer.ts';
import { openReference, references } from '../../parity/reference.ts';
import { lossesOf, tinyOptions, tinyPictures, tinyRequest } from './tiny-run.ts';

const reference = references().find(({ name }) => name === 'llava-interleave-qwen2') ?? expect.fail('no reference');
const full: MethodOptions = { kind: 'full', tower: false };

/** Trains three steps with looks at validation pictures, and gives the losses and all that was learned. */
async function train(policy: ComputePolicy): Promise<{ losses: readonly number[]; sums: readonly number[] }> {
  const model = await openReference(reference, 'q8', policy);
  const options = tinyOptions(full, {
    length: { steps: 3 },
    validation: { timesPerEpoch: 2, scoredPictures: 1, maxNewTokens: 4, patience: null },
  });
  const { request, events } = tinyRequest(model, options, { pictures: tinyPictures(4), validation: tinyPictures(1, 9) });
  const trainer = await openTrainer(request);
  expect(await trainer.run(() => 'go')).toBe('finished');
  const { replaced } = await trainer.result('full');
  await trainer.close();
  await model.close();
  const sums = [...replaced.values()].map(({ data }) => Array.from(data).reduce((sum, value) => sum + Math.abs(value), 0));
  return { losses: lossesOf(events), sums };
}

describe('full fine-tuning', () => {
  it('has the losses and the weights of a model in floats', async () => {
    const [blocks, floats] = [await train('stored'), await train('float32')];
    expect(blocks.losses).toHaveLength(3);
    for (const [i, loss] of floats.losses.entries()) expect(blocks.losses[i]).toBeCloseTo(loss, 4);
    expect(blocks.sums).toHaveLength(floats.sums.length);
    for (const [i, sum] of floats.sums.entries()) expect(Math.abs((blocks.sums[i] ?? 0) / sum - 1)).toBeLessThan(1e-4);
  });

  it('can be tried and estimated on blocks', async () => {
    const [blocks, floats] = [await openReference(reference, 'q8', 'stored'), await openReference(reference, 'q8', 'float32')];
    const options = tinyOptions(full);
    const { stepMs } = await timeTraining(tinyRequest(blocks, options).request);
    expect(stepMs).toBeGreaterThan(0);
    const sizes = { rowsPerPicture: 16, tilesPerPicture: 1, captionTokens: 8 };
    expect(estimateMemory(blocks, options, sizes)).toEqual(estimateMemory(floats, options, sizes));
    await blocks.close();
    await floats.close();
  });
});
