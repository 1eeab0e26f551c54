import { describe, expect, it } from 'vitest';
import { answerFailure, followPhase, maxReopenings, takeJob, wantsMore } from '../../../src/app/state/queue/queue-rules.ts';
import { defaultDecoding } from '../../../src/core/decode/options.ts';

describe('followPhase', () => {
  it('opens the model before it runs', () => {
    expect(followPhase('idle', 'go')).toBe('opening');
    expect(followPhase('opening', 'opened')).toBe('running');
  });

  it('finishes what is being written when it is paused, and ends at once when it is stopped', () => {
    expect(followPhase('running', 'pause')).toBe('pausing');
    expect(followPhase('pausing', 'stop')).toBe('stopping');
    expect(followPhase('running', 'stop')).toBe('stopping');
  });

  it('has nothing to finish while the model is still on its way', () => {
    expect(followPhase('opening', 'pause')).toBe('stopping');
  });

  it('ignores what means nothing', () => {
    expect(followPhase('idle', 'stop')).toBe('idle');
    expect(followPhase('halted', 'pause')).toBe('halted');
    expect(followPhase('running', 'go')).toBe('running');
  });

  it('begins no other job while it pauses or stops', () => {
    expect(['opening', 'running', 'pausing', 'stopping', 'halted', 'idle'].filter((phase) => wantsMore(phase as 'idle'))).toEqual([
      'opening',
      'running',
    ]);
  });
});

describe('takeJob', () => {
  const greedy = { ...defaultDecoding };
  const sampled = { ...defaultDecoding, temperature: 0.7 };

  it('takes no more than the limit', () => {
    expect(takeJob([1, 2, 3, 4], () => greedy, 3)).toEqual([1, 2, 3]);
  });

  it('ends where the decoding options change', () => {
    expect(takeJob([1, 2, 3], (n) => (n < 3 ? greedy : sampled), 10)).toEqual([1, 2]);
  });

  it('takes nothing from an empty line', () => {
    expect(takeJob([], () => greedy, 10)).toEqual([]);
  });
});

describe('answerFailure', () => {
  it('opens a lost device again, but not for ever', () => {
    expect(answerFailure('device-lost', 0)).toBe('reopen');
    expect(answerFailure('device-lost', maxReopenings)).toBe('halt');
  });

  it('halts at anything else', () => {
    expect(answerFailure('out-of-memory', 0)).toBe('halt');
  });
});
