/** @file Decoding options in words. */
import { describe, expect, it } from 'vitest';
import { listDecoding, sayChanges } from '../../../src/app/state/prompt/say-decoding.ts';
import { defaultDecoding, type DecodingOptions } from '../../../src/core/decode/options.ts';

const said = (changes: Partial<DecodingOptions>): Record<string, string> =>
  Object.fromEntries(listDecoding({ ...defaultDecoding, ...changes }).map(({ label, value }) => [label, value]));

describe('decoding options', () => {
  it('say of a caption only what had a say in it', () => {
    expect(said({ topK: 5, seed: 3, lengthPenalty: 2 })).toEqual({ 'At most': '80', Temperature: 'greedy' });
    expect(said({ temperature: 0.7, topK: 5, seed: 3 })).toEqual({ 'At most': '80', Temperature: '0.7', 'Top-k': '5', Seed: '3' });
    expect(said({ beams: 4, forcedWords: ['a red dog', 'cat'], startsWith: 'A' })).toEqual({
      'At most': '80',
      Beams: '4',
      'Length penalty': '1',
      'Beams end': 'likely',
      'Begins with': 'A',
      'Forced words': 'a red dog, cat',
    });
  });

  it('say in one line what differs from the model’s own, whatever an earlier or later version kept', () => {
    expect(sayChanges({ seed: 3, temperature: 0.7, bannedWords: [], odd: 1 })).toBe('temperature 0.7, seed 3, banned words none');
    expect(sayChanges(undefined)).toBe('');
  });
});
