/** @file What a run's end is called. */
import { describe, expect, it } from 'vitest';
import type { TrainRecord } from '../../../src/app/state/train/train-record.ts';
import { sayEnd, sayLoss } from '../../../src/app/state/train/train-words.ts';

/** Twelve steps with a look after every fourth, worth so much. */
function progressOf(ciders: readonly (number | null)[], best: number | null): TrainRecord['progress'] {
  return {
    totalSteps: 40,
    steps: Array.from({ length: 12 }, (_, i) => ({ step: i + 1, loss: 1, learningRate: 1e-3 })),
    looks: ciders.map((cider, i) => ({
      kind: 'validation',
      step: 4 * i,
      loss: 1,
      cider,
      meanWords: 3,
      captions: [],
      isBest: 4 * i === best,
    })),
  };
}

describe('the end of a run', () => {
  it.each([
    ['stopped-early', 4, 'Ended early: nothing got better after step 4, which is kept'],
    ['finished', 8, 'Done: step 8 looked best and is kept'],
    ['finished', 12, 'Done'],
    ['finished', null, 'Done'],
    ['stopped', 8, 'Stopped: step 8 looked best and is kept'],
    ['stopped', null, 'Stopped'],
  ] as const)('%s with the best look after step %s is told', (end, best, words) => {
    expect(sayEnd({ end, progress: progressOf([0.4, 0.1, 0.3, 0.2], best) })).toBe(words);
  });

  it('is told to be no gain where captions scored more before, and only there', () => {
    expect(sayLoss(progressOf([0.4, 0.1, 0.3, 0.2], 8))).toContain('CIDEr-D 0.300, before 0.400');
    expect(sayLoss(progressOf([0.2, 0.1, 0.3, 0.2], 8))).toBeUndefined();
    expect(sayLoss(progressOf([null, null, null, null], 8))).toBeUndefined();
    expect(sayLoss(progressOf([], null))).toBeUndefined();
  });
});
