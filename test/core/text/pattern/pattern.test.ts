/** @file Regular expressions that cannot run away, held to the engine's own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../../src/core/error.ts';
import { compilePattern, escapePattern } from '../../../../src/core/text/pattern/pattern.ts';

/** JavaScript gives up an optional turn that took nothing and then finds other matches than all machines without backtracking. */
function takesSomething(atom: string): boolean {
  return !new RegExp(`^(?:${atom.replaceAll(/\\b/giu, '')})$`, 'u').test('');
}

/** Random expressions of the kinds that are supported. */
const sources = fc.letrec<{ source: string; atom: string; piece: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'é', '😀', '.', '\\w', '\\s', '[ab]', '[^a\\n]', '\\p{Lu}', '\\.', '[\\]x]', '\\u0061', '\\n'),
    tie('source').map((source) => `(${source})`),
    tie('source').map((source) => `(?:${source})`),
  ),
  piece: fc.oneof(
    tie('atom'),
    fc
      .tuple(tie('atom').filter(takesSomething), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,}', '{0,2}', '{1,3}?'))
      .map((parts) => parts.join('')),
    fc.constantFrom('^', '$', '\\b', '\\B'),
  ),
  source: fc
    .array(
      fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((options) => options.join('|')),
})).source;

const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', 'é', '😀', ' ', '\n', '.', ']'), maxLength: 12 });

describe('compilePattern', () => {
  it('finds what the engine finds, where the engine finds it', () => {
    fc.assert(
      fc.property(sources, texts, fc.constantFrom('', 'i', 'm', 's', 'im'), (source, text, letters) => {
        const flags = { ignoreCase: letters.includes('i'), multiline: letters.includes('m'), dotAll: letters.includes('s') };
        const pattern = compilePattern(source, flags);
        const ours = pattern.findAll(text).map(({ start, groups }) => [start, groups[0]]);
        const theirs = [...text.matchAll(new RegExp(source, `gu${letters}`))]
          .filter(({ index }) => !/^[\uDC00-\uDFFF]/.test(text.slice(index))) // V8 finds empty matches in the middle of an emoji
          .map((match) => [match.index, match[0]]);
        expect(ours).toEqual(theirs);
        expect(pattern.isIn(text)).toBe(theirs.length > 0);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['(\\w+), (\\w+)', 'cat, dog', '$2 and $1', 'dog and cat'],
    ['(?<animal>cat|dog)s?', 'cats, a dog', '<$<animal>>', '<cat>, a <dog>'],
    ['x', 'a x', '$$1 $& $7 $<no>', 'a $1 x $7 $<no>'],
    ['(a)|b', 'ab', '[$1]', '[a][]'],
    ['\\b', 'hi you', '|', '|hi| |you|'],
    ['', '😀', '-', '-😀-'],
  ])('replaces %s in “%s” by %s', (source, text, replacement, expected) => {
    expect(compilePattern(source).replaceAll(text, replacement)).toBe(expected);
  });

  it('takes no longer for expressions that make backtracking run away', () => {
    const start = performance.now();
    expect(compilePattern('(a+)+$').isIn(`${'a'.repeat(5000)}b`)).toBe(false);
    expect(compilePattern('(a|aa|a?)*c').isIn('a'.repeat(5000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000); // backtracking would outlast the sun
  });

  it.each([
    ['(a', 0, /does not end/u],
    ['a)', 1, /closes nothing/u],
    ['a**', 2, /nothing to repeat/u],
    ['+', 0, /nothing to repeat/u],
    ['[z-a]', 0, /means nothing/u],
    ['x\\1', 1, /not supported/u],
    ['x(?=a)', 1, /not supported/u],
    ['(?<n>a)(?<n>b)', 7, /two groups are named n/u],
    ['a\\', 1, /cannot end with/u],
    ['\\q', 0, /means nothing/u],
    ['a{3,1}', 6, /larger number/u],
  ])('says where %s is wrong', (source, position, message) => {
    expect(() => compilePattern(source)).toThrow(message);
    try {
      compilePattern(source);
    } catch (error) {
      expect(error instanceof StudioError && error.details['position']).toBe(position);
    }
  });

  it.each(['(a{1000}){1000}', 'a{0,99999999}', `${'('.repeat(5000)}a${')'.repeat(5000)}`])(
    'refuses what would be too large: %.20s…',
    (source) => {
      expect(() => compilePattern(source)).toThrow(StudioError);
    },
  );
});

describe('escapePattern', () => {
  it('stands for any text as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(compilePattern(`^${escapePattern(text)}$`).isIn(text)).toBe(true);
      }),
    );
  });
});
