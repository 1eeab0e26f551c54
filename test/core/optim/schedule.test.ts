import { describe, expect, it } from 'vitest';
import { learningRateAt, type Schedule } from '../../../src/core/optim/schedule.ts';
import { expectClose } from '../../helpers/to-be-close.ts';

const rates = (schedule: Schedule): number[] => Array.from({ length: schedule.totalSteps }, (_, step) => learningRateAt(schedule, step));

describe('learningRateAt', () => {
  it('follows get_cosine_schedule_with_warmup of transformers', () => {
    // get_cosine_schedule_with_warmup(optimizer, 2, 10) of transformers 5.23 at a rate of 8
    const reference = [
      0, 4, 8, 7.695518130045147, 6.82842712474619, 5.530733729460359, 4, 2.469266270539641, 1.1715728752538102, 0.30448186995485305,
    ];
    expectClose(rates({ kind: 'cosine', peak: 8, warmupSteps: 2, totalSteps: 10 }), reference, { rtol: 1e-14, atol: 0 });
  });

  it('falls to 0 in a straight line', () => {
    expectClose(rates({ kind: 'linear', peak: 1, warmupSteps: 1, totalSteps: 5 }), [0, 1, 0.75, 0.5, 0.25], { rtol: 1e-14, atol: 0 });
    expect(learningRateAt({ kind: 'linear', peak: 1, warmupSteps: 1, totalSteps: 5 }, 9)).toBe(0);
  });

  it('stays at the peak after the warm-up', () => {
    expect(rates({ kind: 'constant', peak: 3, warmupSteps: 3, totalSteps: 5 })).toEqual([0, 1, 2, 3, 3]);
  });

  it('begins at the peak without a warm-up', () => {
    for (const kind of ['cosine', 'linear', 'constant'] as const)
      expect(learningRateAt({ kind, peak: 2, warmupSteps: 0, totalSteps: 4 }, 0)).toBe(2);
  });
});
