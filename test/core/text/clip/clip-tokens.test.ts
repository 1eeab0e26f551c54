/** @file CLIP's tokens, held to ids that open_clip 3.3.0 gives. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createClipTokenizer } from '../../../../src/core/text/clip/clip-tokens.ts';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const golden = JSON.parse(read('test/fixtures/tokenizers/clip-golden.json')) as readonly (readonly [
  text: string,
  ids: readonly number[],
])[];
const tokenizer = createClipTokenizer(read('public/tokenizers/clip/merges.txt'));

describe('createClipTokenizer', () => {
  it.each(golden)('cuts “%s”', (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.count(text)).toBe(ids.length + 2);
  });

  it('has the two marks alone for an empty text', () => {
    expect(tokenizer.count(' ')).toBe(2);
  });

  it('counts ten thousand captions in a moment', () => {
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) tokenizer.count(`A dog number ${String(i)} runs over the green grass beside a small house.`);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('refuses another list', () => {
    expect(() => createClipTokenizer('a b\n')).toThrow(/1 merges, expected 48894/u);
  });
});
