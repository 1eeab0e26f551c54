/** @file Values that a field cannot have are told with those that it can. */
import { describe, expect, it } from 'vitest';
import { sayUnknownValue } from '../../../../src/core/dataset/filter/closed-values.ts';
import { everything } from '../../../../src/core/dataset/filter/filter.ts';
import { parseFilter } from '../../../../src/core/dataset/filter/parse.ts';

const said = (words: string): string | null => sayUnknownValue(parseFilter(words).filter ?? expect.fail(words));

describe('sayUnknownValue', () => {
  it('names the value and what there is, however deep it stands', () => {
    expect(said('state:xyz')).toBe('state:xyz finds nothing; state is one of waiting, done, failed');
    expect(said('dog -(tag:sea | flag:zzz)')).toMatch(/^flag:zzz finds nothing; flag is one of empty, loop, /);
    expect(said('is:foo')).toBe('is:foo finds nothing; is is one of edited, accepted, selected, duplicate, broken, missing');
    expect(said('by:me')).toContain('person, model, file, rule');
  });

  it('is silent where values are free, parts, patterns or right', () => {
    for (const words of [
      'state:done',
      'STATE:Failed',
      'state:wait*',
      'style:xyz',
      'tag:xyz',
      'xyz',
      'words:<5',
      'score:clip<0.2',
      'is:missing',
    ])
      expect(said(words), words).toBeNull();
    expect(sayUnknownValue(everything)).toBeNull();
  });
});
