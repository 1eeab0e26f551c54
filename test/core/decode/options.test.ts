import { describe, expect, it } from 'vitest';
import { checkDecoding, type DecodingOptions, decodingRanges, defaultDecoding } from '../../../src/core/decode/options.ts';
import { StudioError } from '../../../src/core/error.ts';

function refusal(change: Partial<Record<keyof DecodingOptions, unknown>>): StudioError | null {
  try {
    checkDecoding({ ...defaultDecoding, ...change } as DecodingOptions);
    return null;
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
}

describe('checkDecoding', () => {
  it('accepts the defaults', () => {
    expect(refusal({})).toBeNull();
  });

  it.each(Object.entries(decodingRanges))('refuses %s outside of its range and names field and range', (name, { least, most }) => {
    for (const value of [least - 1, most + 1, NaN, '1', undefined]) {
      const error = refusal({ [name]: value });
      expect(error?.code).toBe('argument-invalid');
      expect(error?.message).toContain(`${name}: must be`);
      expect(error?.message).toContain(`from ${String(least)} to ${String(most)}`);
      expect(error?.details).toEqual({ field: name });
    }
  });

  it.each([
    ['captions', { captions: 2 }, 'they would all be the same'],
    ['captions', { captions: 4, beams: 3 }, 'at most beams (3)'],
    ['temperature', { beams: 3, temperature: 0.5 }, 'does not draw'],
    ['minNewTokens', { minNewTokens: 9, maxNewTokens: 8 }, 'at most maxNewTokens (8)'],
    ['seed', { seed: 1.5 }, 'a whole number'],
    ['bannedWords', { bannedWords: ['dog', ' '] }, 'none of them empty'],
    ['forcedWords', { forcedWords: [' '] }, 'none of them empty'],
    ['forcedWords', { forcedWords: undefined }, 'a list of texts'],
    ['forcedWords', { forcedWords: ['a Hot dog'], bannedWords: ['hot'] }, 'free of banned words ("hot"), got "a Hot dog"'],
    ['forcedWords', { forcedWords: ['no. 5'], stopStrings: ['.'] }, 'before which writing stops (".")'],
    ['stopStrings', { stopStrings: [''] }, 'none of them empty'],
    ['startsWith', { startsWith: 3 }, 'a text'],
    ['earlyStopping', { earlyStopping: 'soon' }, "'never'"],
  ])('refuses a %s that goes with no other option: %o', (field, change, reason) => {
    const error = refusal(change);
    expect(error?.details).toEqual({ field });
    expect(error?.message).toContain(reason);
  });

  it('accepts a line break as stop string, several drawn captions and as many as there are beams', () => {
    expect(refusal({ stopStrings: ['\n'] })).toBeNull();
    expect(refusal({ forcedWords: ['hotdog', 'dog'], bannedWords: ['hot'], stopStrings: [','] })).toBeNull();
    expect(refusal({ captions: 4, temperature: 0.7 })).toBeNull();
    expect(refusal({ captions: 3, beams: 3 })).toBeNull();
  });
});
