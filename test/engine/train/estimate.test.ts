/** @file Estimates of memory and time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenModel } from '../../../src/engine/model.ts';
import { estimateMemory, requireMemory } from '../../../src/engine/train/estimate.ts';
import { findMemoryProblems } from '../../../src/engine/train/memory-problems.ts';
import type { MethodOptions } from '../../../src/engine/train/options.ts';
import { timeTraining } from '../../../src/engine/train/time-training.ts';
import { openTinyModel, tinyOptions, tinyRequest } from './tiny-run.ts';

const lora: MethodOptions = { kind: 'lora', rank: 2, alpha: 4, isRankStabilized: false, targets: ['q_proj'], dropout: 0 };
const sizes = { rowsPerPicture: 4, tilesPerPicture: 1, captionTokens: 12 };

let tiny: Awaited<ReturnType<typeof openTinyModel>>;
let model: OpenModel;
beforeAll(async () => {
  tiny = await openTinyModel();
  model = tiny.model;
});
afterAll(() => tiny.close());

describe('the memory of a step', () => {
  it('holds all weights once, learned or not', () => {
    const frozen = estimateMemory(model, tinyOptions(lora), sizes);
    const full = estimateMemory(model, tinyOptions({ kind: 'full' }), sizes);
    expect(full.weightBytes).toBe(0); // all of them are parameters
    // The projector lies before the rows that LoRA reads.
    expect(frozen.weightBytes).toBeGreaterThan(4 * 2 * 64 * 96);
    // Parameters and two slots of AdamW, before and after.
    expect(full.stateBytes).toBeGreaterThan(6 * frozen.weightBytes);
  });

  it('grows with the batch', () => {
    const small = estimateMemory(model, tinyOptions(lora, { batchPictures: 2 }), sizes);
    const large = estimateMemory(model, tinyOptions(lora, { batchPictures: 8 }), sizes);
    expect(large.activationBytes).toBeGreaterThan(3 * small.activationBytes);
    expect(large.weightBytes).toBe(small.weightBytes);
  });

  it('does not grow with what a step holds where that would be too much: layers are computed again', () => {
    const [few, many] = [2, 40_000].map((batchPictures) => estimateMemory(model, tinyOptions(lora, { batchPictures }), sizes));
    expect([few?.recomputes, many?.recomputes]).toEqual([false, true]);
    // Even of two layers less is held than one graph would, which grows with the batch.
    expect(many?.activationBytes).toBeLessThan((few?.activationBytes ?? 0) * 20_000);
  });

  it('is refused where there is less, in a sentence with figures', () => {
    const options = tinyOptions({ kind: 'full' });
    const estimate = estimateMemory(model, options, sizes);
    expect(() => requireMemory(estimate, estimate.totalBytes, options)).not.toThrow();
    expect(() => requireMemory(estimate, estimate.totalBytes - 1, options)).toThrow(/takes about .* GB.*choose LoRA/);
  });
});

describe('the memory of a GPU, which it does not tell', () => {
  const full = (): Parameters<typeof findMemoryProblems>[2] => tinyOptions({ kind: 'full' });

  it('refuses a tensor that no buffer of it holds, and names it', () => {
    const memory = estimateMemory(model, tinyOptions({ kind: 'full' }), sizes);
    expect(findMemoryProblems(memory, { kind: 'gpu', maxBufferBytes: memory.largest.sizeBytes }, full())).toEqual([]);
    const [problem] = findMemoryProblems(memory, { kind: 'gpu', maxBufferBytes: memory.largest.sizeBytes - 1 }, full());
    expect(problem).toMatchObject({ kind: 'memory', isFatal: true });
    expect(problem?.message).toMatch(new RegExp(`${memory.largest.name}.* in one buffer.*choose LoRA`, 'u'));
  });

  it('is counted from weights, parameters, moments and the step, and told where a GPU may have less', () => {
    const memory = { ...estimateMemory(model, tinyOptions({ kind: 'full' }), sizes), totalBytes: 5e9, stateBytes: 4.2e9 };
    const [problem] = findMemoryProblems(memory, { kind: 'gpu', maxBufferBytes: 2 ** 31 }, full());
    expect(problem).toMatchObject({ kind: 'memory', isFatal: false });
    expect(problem?.message).toMatch(/5\.0 GB \(weights 0\.0, parameters with the optimiser 4\.2.*browsers do not tell/u);
  });

  it('is no matter on the processor, where what there is is known', () => {
    const memory = { ...estimateMemory(model, tinyOptions({ kind: 'full' }), sizes), totalBytes: 5e9 };
    expect(findMemoryProblems(memory, { kind: 'processor', availableBytes: 5e9 }, full())).toEqual([]);
    expect(findMemoryProblems(memory, { kind: 'processor', availableBytes: 4e9 }, full())[0]?.isFatal).toBe(true);
  });
});

describe('a trial', () => {
  it('tells how long a step takes and leaves nothing behind', async () => {
    const { request, events } = tinyRequest(model, tinyOptions(lora));
    const { stepMs, openMs } = await timeTraining(request);
    expect(stepMs).toBeGreaterThan(0);
    expect(openMs).toBeGreaterThan(0);
    expect(events).toEqual([]);
  });

  it('ends within a step when it is stopped', async () => {
    const { request } = tinyRequest(model, tinyOptions(lora));
    let asked = 0;
    await expect(timeTraining(request, () => (++asked > 3 ? 'stop' : 'go'))).rejects.toMatchObject({ code: 'cancelled' });
    await expect(timeTraining(request, () => 'stop')).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked).toBeLessThan(7);
  });
});
