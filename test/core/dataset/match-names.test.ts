/** @file Pictures that two files name differently. */
import { describe, expect, it } from 'vitest';
import { parseCocoInstances } from '../../../src/core/dataset/coco.ts';
import { createNameMatcher, joinCaptions, matchNames } from '../../../src/core/dataset/match-names.ts';

describe('createNameMatcher', () => {
  const find = createNameMatcher([
    { file: 'COCO_val2014_000000404464.jpg', id: '404464' },
    { file: 'train/cat.png' },
    { file: 'test/cat.png' },
    { file: 'dog.jpeg' },
  ]);

  it.each([
    ['404464', 'COCO_val2014_000000404464.jpg'],
    ['000000404464.jpg', 'COCO_val2014_000000404464.jpg'],
    ['pictures/dog.webp', 'dog.jpeg'],
    ['test/cat.png', 'test/cat.png'],
    ['photos/test/cat.png', 'test/cat.png'],
  ])('finds %s', (file, found) => expect(find({ file })?.file).toBe(found));

  it('finds nothing where a name fits two pictures or none', () => {
    expect(find({ file: 'cat.png' })).toBeUndefined();
    expect(find({ file: '404465' })).toBeUndefined();
  });
});

describe('matchNames', () => {
  it('gives a record to one picture, and where several come to it, to the one that it names exactly', () => {
    const pictures = [{ file: 'a/cat.png' }, { file: 'b/cat.png' }, { file: 'c/dog.png' }, { file: 'dog.png' }, { file: 'a/owl.png' }];
    const found = matchNames(pictures, [{ file: 'cat.png' }, { file: 'dog.png' }, { file: 'owl.jpg' }]);
    expect(found.map((record) => record?.file)).toEqual([undefined, undefined, undefined, 'dog.png', 'owl.jpg']);
  });
});

describe('joinCaptions', () => {
  it('joins in the order of the captions', () => {
    const joined = joinCaptions(
      [
        { file: '2', captions: ['x'] },
        { file: '1', captions: [''] },
      ],
      [
        { file: '1.jpg', captions: ['a', 'b'] },
        { file: '2.jpg', captions: ['c'] },
        { file: '3.jpg', captions: ['d'] },
      ],
    );
    expect(joined).toEqual([
      { file: '2', caption: 'x', references: ['c'] },
      { file: '1', caption: '', references: ['a', 'b'] },
    ]);
  });

  it('names pictures without references, and refuses several captions of one picture', () => {
    expect(() => joinCaptions([{ file: 'x.jpg', captions: ['a'] }], [{ file: 'y.jpg', captions: ['b'] }])).toThrow(/x\.jpg/u);
    expect(() => joinCaptions([{ file: 'x.jpg', captions: ['a', 'b'] }], [{ file: 'x.jpg', captions: ['b'] }])).toThrow(/2 captions/u);
  });
});

describe('parseCocoInstances', () => {
  it('lists the objects of each picture, also of those without any', () => {
    const value = {
      images: [
        { id: 1, file_name: 'a.jpg' },
        { id: 2, file_name: 'b.jpg' },
      ],
      categories: [
        { id: 17, name: 'cat' },
        { id: 18, name: 'dog' },
      ],
      annotations: [
        { image_id: 1, category_id: 17 },
        { image_id: 1, category_id: 18 },
        { image_id: 1, category_id: 17 },
      ],
    };
    expect(parseCocoInstances('i.json', value)).toEqual([
      { file: 'a.jpg', objects: ['cat', 'dog'], id: '1' },
      { file: 'b.jpg', objects: [], id: '2' },
    ]);
    expect(() => parseCocoInstances('i.json', { ...value, annotations: [{ image_id: 1, category_id: 3 }] })).toThrow(/annotation 1/u);
    expect(() => parseCocoInstances('i.json', { annotations: [] })).toThrow(/categories/u);
  });
});
