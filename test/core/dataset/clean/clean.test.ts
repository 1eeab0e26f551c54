/** @file Operations on captions and tags. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCleaner } from '../../../../src/core/dataset/clean/clean-caption.ts';
import { planCleaning } from '../../../../src/core/dataset/clean/clean-dataset.ts';
import { sayOperation, type CaptionOperation, type ReplaceOperation } from '../../../../src/core/dataset/clean/operation.ts';
import { makeItem } from '../../../../src/core/dataset/item.ts';
import { countWords } from '../../../../src/core/text/words.ts';

const replace = (find: string, replacement: string, known: Partial<ReplaceOperation> = {}): CaptionOperation => ({
  kind: 'replace',
  find,
  replacement,
  isPattern: false,
  ignoreCase: false,
  wholeWords: false,
  ...known,
});

const letters = (text: string): number => text.length;

describe('makeCleaner', () => {
  const cases: readonly (readonly [operation: CaptionOperation, before: string, after: string])[] = [
    [replace('dog', 'cat'), 'A dog, a hotdog.', 'A cat, a hotcat.'],
    [replace('dog', 'cat', { wholeWords: true, ignoreCase: true }), 'Dog, a hotdog.', 'cat, a hotdog.'],
    [replace('a.b', '$1'), 'a.b axb', '$1 axb'],
    [replace('(\\w+) (\\w+)', '$2 $1', { isPattern: true }), 'one two', 'two one'],
    [replace('dog|cat', 'x', { isPattern: true, wholeWords: true }), 'dogs cat', 'dogs x'],
    [{ kind: 'case', to: 'lower' }, 'A Dog', 'a dog'],
    [{ kind: 'case', to: 'sentence' }, 'a dog. it is "big". really', 'A dog. It is "big". Really'],
    [{ kind: 'spaces' }, '  a \t dog , here .\n  next ', 'a dog, here.\nnext'],
    [{ kind: 'one-line' }, 'a\r\n\n  b\nc\n', 'a b c'],
    [{ kind: 'punctuation' }, '“a dog”,, big.. it’s here,right', '"a dog", big. it\'s here, right'],
    [{ kind: 'punctuation' }, 'wait... 1,000 people?!', 'wait... 1,000 people?!'],
    [{ kind: 'end', sign: '.' }, 'a dog,', 'a dog.'],
    [{ kind: 'end', sign: '.' }, 'a dog!', 'a dog!'],
    [{ kind: 'end', sign: '' }, 'a dog.', 'a dog'],
    [{ kind: 'end', sign: '' }, 'wait...', 'wait...'],
    [{ kind: 'opening' }, 'The image shows a dog.', 'A dog.'],
    [{ kind: 'opening' }, 'In this picture, we can see two dogs.', 'Two dogs.'],
    [{ kind: 'opening' }, 'A photo of a dog.', 'A dog.'],
    [{ kind: 'opening' }, 'The picture is blurry.', 'The picture is blurry.'],
    [{ kind: 'opening' }, 'This dog is big.', 'This dog is big.'],
    [{ kind: 'finish' }, 'A dog runs. It has a', 'A dog runs.'],
    [{ kind: 'finish' }, 'A dog sits on the', 'A dog sits on the'],
    [{ kind: 'list', isSorted: true }, 'dog, Cat,  ant, Dog,', 'ant, Cat, dog'],
    [{ kind: 'list', isSorted: false }, 'A sentence.', 'A sentence.'],
    [{ kind: 'prefix', text: 'photo of ' }, 'a dog', 'photo of a dog'],
    [{ kind: 'prefix', text: 'photo of ' }, 'photo of a dog', 'photo of a dog'],
    [{ kind: 'suffix', text: ', 4k' }, 'a dog', 'a dog, 4k'],
    [{ kind: 'trigger', word: 'sks' }, 'a dog', 'sks, a dog'],
    [{ kind: 'trigger', word: 'sks' }, 'a SKS dog', 'a SKS dog'],
    [{ kind: 'trigger', word: 'sks' }, 'a sksy dog', 'sks, a sksy dog'],
    [{ kind: 'max-words', count: 4 }, 'A dog runs fast. It is brown.', 'A dog runs fast.'],
    [{ kind: 'max-words', count: 6 }, 'A dog runs fast. It is brown.', 'A dog runs fast.'],
    [{ kind: 'max-words', count: 3 }, 'one two three four', 'one two three'],
    [{ kind: 'max-tokens', count: 7 }, 'one two three four', 'one two'],
  ];
  it.each(cases)('%j makes of %j %j, and nothing more of that', (operation, before, after) => {
    const clean = makeCleaner([operation], { countTokens: letters });
    expect(clean(before)).toBe(after);
    if (operation.kind !== 'replace') expect(clean(after)).toBe(after);
  });

  it('leaves room within a limit for what is put around the caption', () => {
    const around = [
      { kind: 'trigger', word: 'sks' },
      { kind: 'prefix', text: 'photo: ' },
      { kind: 'suffix', text: ' (35 mm)' },
    ] as const;
    const clean = makeCleaner([{ kind: 'max-words', count: 7 }, ...around]);
    expect(clean('one two three four five')).toBe('photo: sks, one two three (35 mm)');
    expect(clean('one two')).toBe('photo: sks, one two (35 mm)');
    const short = makeCleaner([{ kind: 'max-tokens', count: 30 }, ...around], { countTokens: (text) => text.length });
    expect(short('one two three four five')).toBe('photo: sks, one two (35 mm)');
  });

  it('keeps every limit, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', ',', '!'), maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (text, count) => {
          expect(countWords(makeCleaner([{ kind: 'max-words', count }])(text))).toBeLessThanOrEqual(count);
          expect(makeCleaner([{ kind: 'max-tokens', count }], { countTokens: letters })(text).length).toBeLessThanOrEqual(count);
        },
      ),
    );
  });

  it.each([
    [replace('(', '', { isPattern: true }), /does not end/u],
    [replace('', 'x'), /nothing to search for/u],
    [{ kind: 'max-words', count: 0 } as const, /leaves nothing/u],
    [{ kind: 'max-tokens', count: 5 } as const, /needs a tokenizer/u],
    [{ kind: 'trigger', word: ' ' } as const, /is empty/u],
  ])('refuses %j', (operation, message) => {
    expect(() => makeCleaner([operation])).toThrow(message);
  });
});

describe('every operation', () => {
  const kinds: readonly CaptionOperation[] = [
    { kind: 'spaces' },
    { kind: 'one-line' },
    { kind: 'punctuation' },
    { kind: 'end', sign: '.' },
    { kind: 'opening' },
    { kind: 'finish' },
    { kind: 'list', isSorted: true },
    { kind: 'case', to: 'sentence' },
    { kind: 'max-words', count: 5 },
  ];
  it.each([' ', '.', ',', '"', '.)', 'a ', '\n', 'A. ', '(', '...'])('takes no longer for a caption of many %j', (piece) => {
    const caption = `x${piece.repeat(20_000)}x`;
    for (const operation of kinds) {
      const start = performance.now();
      makeCleaner([operation])(caption);
      expect(performance.now() - start, operation.kind).toBeLessThan(3000);
    }
  });
});

describe('planCleaning', () => {
  const person = { kind: 'person' } as const;
  const items = [
    makeItem('a.jpg', { captions: [{ text: 'A dog.', author: person }], tags: ['big_dog', 'ant', '^_^'] }),
    makeItem('b.jpg', { captions: [{ text: 'A cat.', author: person }] }),
    makeItem('c.jpg'),
  ];

  it('lists what changes and who did it, and leaves out what stays', () => {
    const operation = replace('dog', 'fox');
    const changes = planCleaning(items, [operation]);
    expect(changes.map(({ path }) => path)).toEqual(['a.jpg']);
    expect(changes[0]?.after.captions).toEqual([{ text: 'A fox.', author: { kind: 'rule', rule: sayOperation(operation) } }]);
  });

  it('takes away captions that are emptied, and gives a trigger word to pictures without any', () => {
    expect(planCleaning(items, [replace('A dog.', '')])[0]?.after.captions).toEqual([]);
    expect(planCleaning(items, [{ kind: 'trigger', word: 'sks' }]).map(({ after }) => after.captions[0]?.text)).toEqual([
      'sks, A dog.',
      'sks, A cat.',
      'sks',
    ]);
  });

  it('changes tags', () => {
    const tagsAfter = (...operations: Parameters<typeof planCleaning>[1]): unknown =>
      planCleaning(items.slice(0, 1), operations)[0]?.after.tags;
    expect(tagsAfter({ kind: 'tag-spaces' }, { kind: 'tag-sort' })).toEqual(['^_^', 'ant', 'big dog']);
    expect(tagsAfter({ kind: 'tag-rename', from: 'ANT', to: '' })).toEqual(['big_dog', '^_^']);
    expect(tagsAfter({ kind: 'tag-rename', from: 'ant', to: 'big_dog' })).toEqual(['big_dog', '^_^']);
    expect(tagsAfter({ kind: 'tag-add', tag: 'ant' })).toBeUndefined();
  });
});
