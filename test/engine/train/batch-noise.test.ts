/** @file The noise of dropout where several batches make one step: each has its own. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenModel } from '../../../src/engine/model.ts';
import { noiseStream } from '../../../src/engine/train/step/draw-noise.ts';
import { openTrainer } from '../../../src/engine/train/trainer.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { lossesOf, openTinyModel, tinyOptions, tinyPictures, tinyRequest } from './tiny-run.ts';

let tiny: Awaited<ReturnType<typeof openTinyModel>>;
let model: OpenModel;
beforeAll(async () => {
  tiny = await openTinyModel();
  model = tiny.model;
});
afterAll(() => tiny.close());

/** Learns one picture in each step, or the same one in several batches of a step. */
async function lossesWith(dropout: number, accumulate: number): Promise<readonly number[]> {
  const method = { kind: 'lora', rank: 2, alpha: 4, isRankStabilized: false, targets: ['q_proj', 'v_proj', 'down_proj'], dropout } as const;
  const options = tinyOptions(method, { accumulate, batchPictures: 1, learningRate: 0.05, warmupShare: 0, captionsPerPicture: 3 });
  const pictures = Array.from({ length: accumulate }, (_, i) => tinyPictures(1).map((picture) => ({ ...picture, id: String(i) }))).flat();
  const { request, events } = tinyRequest(model, options, { pictures });
  const trainer = await openTrainer(request);
  await trainer.run(() => 'go');
  await trainer.close();
  return lossesOf(events);
}

it('leaves other inputs out in each batch of a step, the same ones each time', async () => {
  const near = { rtol: 1e-4, atol: 1e-5 };
  expectClose(await lossesWith(0, 3), await lossesWith(0, 1), near, 'the same picture three times, nothing left out');
  const [three, one] = [await lossesWith(0.5, 3), await lossesWith(0.5, 1)];
  const apart = three.slice(1).map((loss, i) => Math.abs(loss - (one[i + 1] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeGreaterThan(1e-3);
  expect(await lossesWith(0.5, 3)).toEqual(three);
});

it('draws from a stream of its own for each batch of each step', () => {
  const streams = Array.from({ length: 200 }, (_, step) => Array.from({ length: 64 }, (__, batch) => noiseStream(step, batch)));
  expect(new Set(streams.flat()).size).toBe(200 * 64);
  expect(streams.map(([first]) => first)).toEqual(streams.map((_, step) => step));
});
