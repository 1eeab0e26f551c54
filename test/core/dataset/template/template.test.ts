/** @file Prompts with places, and what happens to captions that are there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeItem, type Caption } from '../../../../src/core/dataset/item.ts';
import { isCaptioned, joinExisting, type ExistingPolicy } from '../../../../src/core/dataset/template/existing-policy.ts';
import { literalTemplate, parseTemplate, renderTemplate } from '../../../../src/core/dataset/template/template.ts';
import { StudioError } from '../../../../src/core/error.ts';

const caption = (text: string): Caption => ({ text, author: { kind: 'person' } });
const subject = {
  item: makeItem('trips/rome/{odd} [1].jpg', {
    captions: [caption('A {dog}.'), caption('B')],
    tags: ['x', 'y'],
    metadata: { artist: 'me', year: 5 },
  }),
  width: 640,
  height: 480,
};
const render = (text: string, of = subject): string => renderTemplate(parseTemplate(text), of);

describe('renderTemplate', () => {
  it.each([
    ['Describe it.', 'Describe it.'],
    ['Improve: {caption}', 'Improve: A {dog}.'],
    ['{tags} | {name} | {folder} | {path}', 'x, y | {odd} [1] | rome | trips/rome/{odd} [1].jpg'],
    ['{width}x{height} {shape}', '640x480 landscape'],
    ['by {meta.artist} in {meta.year}{meta.none}', 'by me in 5'],
    ['{{caption}} [[a]] }} [1]', '{caption} [a] } [1]'],
    ['{captions}', 'A {dog}.\nB'],
    ['Go. [Tags: {tags}.] [Split: {split}.] End', 'Go. Tags: x, y.  End'],
  ])('makes of %s %s', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  it('leaves out stretches without anything to say', () => {
    expect(render('See[ {caption}][ at {width}]', { item: makeItem('a.jpg'), width: null as unknown as number, height: 1 })).toBe('See');
  });
});

describe('parseTemplate', () => {
  it.each([
    ['Say {colour}', 4, 12, /\{colour\} is unknown; known are \{caption\}/u],
    ['Say {caption', 4, 5, /does not end/u],
    ['Say [x {tags}', 4, 5, /does not end/u],
  ])('says what is wrong with %s', (text, start, end, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
    try {
      parseTemplate(text);
    } catch (error) {
      expect(error instanceof StudioError && [error.code, error.details['start'], error.details['end']]).toEqual([
        'prompt-invalid',
        start,
        end,
      ]);
    }
  });

  it('tells whether the caption that is there is asked for', () => {
    expect(parseTemplate('{tags}').usesCaption).toBe(false);
    expect(parseTemplate('a [{caption}]').usesCaption).toBe(true);
  });
});

describe('literalTemplate', () => {
  it('makes a template of any text that reads as just that text', () => {
    const odd = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '{caption}', '[{tags}]', 'a', ' ') });
    fc.assert(
      fc.property(fc.oneof(odd, fc.string()), (text) => {
        expect(render(literalTemplate(text))).toBe(text);
        expect(parseTemplate(literalTemplate(text)).usesCaption).toBe(false);
      }),
    );
  });
});

describe('joinExisting', () => {
  it.each([
    ['skip', ['old.', 'other']],
    ['overwrite', ['new']],
    ['context', ['new']],
    ['append', ['old. new', 'other']],
    ['prepend', ['new, old.', 'other']],
    ['alternative', ['old.', 'other', 'new']],
  ] as const)('%s gives %j', (policy: ExistingPolicy, expected) => {
    const content = { captions: [caption('old.'), caption('other')], tags: [] };
    expect(joinExisting(content, [caption('new')], policy).map(({ text }) => text)).toEqual(expected);
    expect(joinExisting({ captions: [], tags: [] }, [caption('new')], policy).map(({ text }) => text)).toEqual(['new']);
    expect(joinExisting(content, [], policy)).toEqual(content.captions);
    expect(isCaptioned(content, policy)).toBe(policy !== 'skip');
  });
});
