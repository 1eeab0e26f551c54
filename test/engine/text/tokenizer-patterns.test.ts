/** @file Patterns of tokenizers: those of published ones pass, those that would never end do not. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUnsafePattern, isSafePattern } from '../../../src/engine/text/tokenizer-patterns.ts';

describe('isSafePattern', () => {
  it.each([
    ['GPT-2', String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`],
    ['Qwen2', String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`],
    ['Llama 3', String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`],
    ['o200k', String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{M}]*[\p{Ll}\p{Lm}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|\s+`],
    ['digits from the right', String.raw`\p{N}{1,3}(?=(?:\p{N}{3})*\b)`],
    ['a class with brackets', String.raw`[()\]*+]+`],
  ])('takes that of %s', (_, pattern) => {
    expect(isSafePattern(pattern)).toBe(true);
  });

  it.each([
    ['(a+)+$'],
    ['(?:a|a)*b'],
    ['(?:a|aa)+$'],
    ['((a?b?)c?)*d'],
    ['(?:(?:x+))*y'],
    ['(?=(a*)*b)'],
    ['(?:a{1,9}){5}b'],
    ['a*a*a*a*b'],
    ['(?:a*|b)(?:a*)(?:a*)(?:a*)b'],
    ['(a'],
    ['a)'],
    ['a'.repeat(5000)],
  ])('refuses %s', (pattern) => {
    expect(isSafePattern(pattern)).toBe(false);
  });

  it('takes none that keeps the host busy', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '[ab]',
      'b?',
      'a+',
      'a*?',
      '(',
      '(?:',
      ')',
      ')*',
      ')+',
      '){2}',
      '|',
      '{2,}',
      '*',
      '+',
      '(?=',
      '$',
    );
    const pattern = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    let taken = 0;
    fc.assert(
      fc.property(pattern, (source) => {
        let regex: RegExp;
        try {
          regex = new RegExp(source, 'u');
        } catch {
          return; // the library refuses it with the reason
        }
        if (!isSafePattern(source)) return;
        taken++;
        const before = process.cpuUsage();
        regex.test(`${'a'.repeat(40)}!`);
        const { user, system } = process.cpuUsage(before); // of the processor, whoever else uses it
        expect((user + system) / 1e6).toBeLessThan(2);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe('findUnsafePattern', () => {
  it('looks into rules however they are nested', () => {
    const rule = (Regex: string): object => ({ type: 'Split', pattern: { Regex } });
    expect(findUnsafePattern([null, { type: 'Sequence', pretokenizers: [rule('a+'), rule('(b+)+')] }])).toBe('(b+)+');
    expect(findUnsafePattern([undefined, rule('a+')])).toBeNull();
    let deep: object = rule('(b+)+');
    for (let i = 0; i < 200_000; i++) deep = [deep];
    expect(findUnsafePattern(deep)).toBe('(b+)+');
  });
});
