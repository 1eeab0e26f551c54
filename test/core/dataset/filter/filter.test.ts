/** @file The filter language: what passes, what is wrong and where, what comes next. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeFilter, quoteFilterValue, type FilterVocabulary } from '../../../../src/core/dataset/filter/complete.ts';
import { passesFilter } from '../../../../src/core/dataset/filter/filter.ts';
import { parseFilter, requireFilter } from '../../../../src/core/dataset/filter/parse.ts';
import { makeFilterRecord, type FilterRecord } from '../../../../src/core/dataset/filter/record.ts';
import { filterReference, sayFilterReference } from '../../../../src/core/dataset/filter/reference.ts';

const records: readonly FilterRecord[] = [
  makeFilterRecord('a/Dog 1.jpg', {
    captions: ['A dog (brown) runs.'],
    tags: ['animal', 'blurry sky'],
    tokens: 61,
    style: 'concise',
    by: 'model',
  }),
  makeFilterRecord('a/cat.jpg', {
    captions: ['Two cats.', 'A doghouse'],
    tags: ['animal', 'blurry'],
    tokens: 3,
    state: 'failed',
    scores: { CLIP: 0.15 },
  }),
  makeFilterRecord('b/empty.jpg', { byteLength: 2_500_000, width: 640, height: 480, marks: ['broken'], split: 'train' }),
  makeFilterRecord('b/cafe\u0301.jpg', {
    captions: ['Un café, 5 < 6'],
    scores: { CLIP: 0.3, 'CIDEr-D': 1 },
    flags: ['short'],
    style: 'two words',
  }),
];

const passing = (text: string): readonly string[] =>
  records.filter((record) => passesFilter(requireFilter(text), record)).map(({ path }) => path.replace(/^.*\//u, '').slice(0, 3));

describe('passesFilter', () => {
  it.each([
    ['', 'Dog cat emp caf'],
    ['dog', 'Dog cat'],
    ['caption:"a dog"', 'Dog cat'],
    ['caption:"a dog "', 'Dog'],
    ['name:dog', 'Dog'],
    ['caption:/dog\\b/', 'Dog'],
    ['caption:/^A/ -name:Dog', 'cat'],
    ['tag:blurry', 'cat'],
    ['tag:BLUR*', 'Dog cat'],
    ['-tag:blurry', 'Dog emp caf'],
    ['caption:""', 'emp'],
    ['-caption:""', 'Dog cat caf'],
    ['tag:""', 'emp caf'],
    ['café', 'caf'],
    ['tokens:>60', 'Dog'],
    ['-tokens:>60', 'cat emp caf'],
    ['tokens:3..61', 'Dog cat'],
    ['words:0', 'emp'],
    ['words:>=4', 'Dog caf'],
    ['captions:2', 'cat'],
    ['size:>2M', 'emp'],
    ['size:2500k', 'emp'],
    ['width:<=640 height:480', 'emp'],
    ['state:failed', 'cat'],
    ['style:"concise"', 'Dog'],
    ['style:"two words" OR state:FAILED', 'cat caf'],
    ['score:clip<0.2', 'cat'],
    ['score:clip:0.1..0.3', 'cat caf'],
    ['score:cider-d>=1', 'caf'],
    ['cat OR dog -animal', 'cat'],
    ['(cat OR dog) tag:animal', 'Dog cat'],
    ['cat|caf', 'cat caf'],
    ['-(cat OR dog)', 'emp caf'],
    ['NOT cat AND NOT dog', 'emp caf'],
    ['is:broken split:train', 'emp'],
    ['flag:short', 'caf'],
    ['folder:b caption:<', 'caf'],
    ['"(brown)"', 'Dog'],
    ['OR', 'Dog cat emp caf'],
  ])('%s passes %s', (text, expected) => {
    expect(passing(text).join(' ')).toBe(expected);
  });

  it('takes every caption and tag as it is when it is quoted', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        const record = makeFilterRecord('x.jpg', { captions: [value], tags: [value] });
        const quoted = quoteFilterValue(value);
        expect(passesFilter(requireFilter(`caption:${quoted} tag:${quoted}`), record)).toBe(true);
        expect(passesFilter(requireFilter(`-tag:${quoted}`), record)).toBe(false);
      }),
    );
  });

  it('gives a part and its opposite all pictures between them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...filterReference.map(({ example }) => example)), (example) => {
        for (const record of records) {
          expect(passesFilter(requireFilter(`-(${example})`), record)).toBe(!passesFilter(requireFilter(example), record));
        }
      }),
    );
  });
});

describe('parseFilter', () => {
  it.each([
    ['colour:red', 0, 7, /no field colour; known are caption, tag/u],
    ['dog (cat', 4, 5, /does not end/u],
    ['dog) cat', 3, 4, /closes nothing/u],
    ['caption:"dog', 8, 12, /quotes do not end/u],
    ['words:many', 6, 10, /words wants a number/u],
    ['words:', 0, 6, /words wants a number/u],
    ['tokens:>60x', 7, 11, /wants a number/u],
    ['score:clip', 0, 10, /name and a number/u],
    ['tag: x', 3, 4, /a value is missing/u],
    ['caption:/a(/', 10, 11, /does not end/u],
  ])('says what is wrong with %s and where', (text, start, end, message) => {
    const { problem } = parseFilter(text);
    expect(problem?.message).toMatch(message);
    expect([problem?.start, problem?.end]).toEqual([start, end]);
    expect(() => requireFilter(text)).toThrow(`filter, character ${String(start + 1)}: `);
  });

  it('reads or explains whatever is typed, with places inside of the text', () => {
    const signs = fc.constantFrom(
      'caption:',
      'words:',
      'score:',
      '(',
      ')',
      '-',
      '"',
      '/',
      '*',
      ' ',
      '|',
      'OR',
      '<',
      '>',
      '..',
      '1',
      'a',
      '\\',
      '[',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const { filter, problem } = parseFilter(text);
        if (problem === null) for (const record of records) passesFilter(filter, record);
        else expect(problem.start >= 0 && problem.start < problem.end && problem.end <= text.length).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses brackets without end in depth', () => {
    expect(parseFilter('('.repeat(10_000)).problem?.message).toMatch(/too deep/u);
    expect(parseFilter('-'.repeat(10_000) + 'a').problem?.message).toMatch(/too deep/u);
  });
});

describe('completeFilter', () => {
  const vocabulary: FilterVocabulary = { values: { tag: ['sky', 'blue sky', 'sea'], style: ['concise'] }, scores: ['clip', 'CIDEr'] };
  const complete = (text: string, cursor = text.length): readonly string[] => {
    const { start, end, options } = completeFilter(text, cursor, vocabulary);
    return options.map((option) => text.slice(0, start) + option.text + text.slice(end));
  };

  it.each([
    ['dog ca', ['dog caption:', 'dog captions:']],
    ['-ta', ['-tag:', '-tags:']],
    ['tag:s', ['tag:sky', 'tag:sea', 'tag:"blue sky"']],
    ['tag:"blue s', ['tag:"blue sky"']],
    ['(cat OR -style:', ['(cat OR -style:concise']],
    ['score:c', ['score:clip<', 'score:clip>', 'score:CIDEr<', 'score:CIDEr>']],
    ['words:', ['words:>', 'words:<', 'words:=']],
    ['words:>6', []],
    ['colour:', []],
  ])('after %s offers %j', (text, expected) => {
    expect(complete(text)).toEqual(expected);
  });

  it('leaves what stands after the cursor', () => {
    expect(complete('st dog', 2)).toEqual(['state: dog', 'style: dog']);
  });
});

describe('sayFilterReference', () => {
  it('has only examples that can be read', () => {
    for (const { example } of filterReference) expect(parseFilter(example).problem, example).toBeNull();
    expect(sayFilterReference().split('\n')).toHaveLength(filterReference.length);
  });
});
