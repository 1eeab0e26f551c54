/** @file A data set in numbers. */
import { describe, expect, it } from 'vitest';
import { makeItem } from '../../../../src/core/dataset/item.ts';
import { describeDataset } from '../../../../src/core/dataset/stats/dataset-stats.ts';

const caption = (text: string): { readonly text: string; readonly author: { readonly kind: 'person' } } => ({
  text,
  author: { kind: 'person' },
});

describe('describeDataset', () => {
  it('counts pictures, captions, lengths, words, tags, parts and folders', () => {
    const stats = describeDataset(
      [
        makeItem('a/1.jpg', {
          byteLength: 10,
          captions: [caption('A dog and a dog.'), caption('other')],
          tags: ['x', 'y'],
          split: 'train',
        }),
        makeItem('a/2.PNG', { byteLength: 5, captions: [caption('The big dog runs')], tags: ['x'], split: 'train' }),
        makeItem('3.jpg', { split: 'test' }),
      ],
      { countTokens: (text) => text.length },
    );
    expect(stats).toMatchObject({ pictures: 3, missing: 1, captioned: 2, captions: 3, byteLength: 15, vocabulary: 6 });
    expect(stats.words).toEqual({ least: 4, median: 5, mean: 4.5, high: 5, most: 5 });
    expect(stats.tokens).toEqual({ least: 16, median: 16, mean: 16, high: 16, most: 16 });
    expect(stats.topWords).toEqual([
      { name: 'dog', count: 2 },
      { name: 'big', count: 1 },
      { name: 'runs', count: 1 },
    ]);
    expect(stats.topTags[0]).toEqual({ name: 'x', count: 2 });
    expect(stats.splits).toEqual([
      { name: 'train', count: 2 },
      { name: 'test', count: 1 },
    ]);
    expect(stats.folders[0]).toEqual({ name: 'a', count: 2 });
    expect(stats.endings.map(({ name }) => name)).toEqual(['.jpg', '.png']);
  });

  it('has nothing to say of an empty one', () => {
    expect(describeDataset([])).toMatchObject({ pictures: 0, words: null, tokens: null, topWords: [] });
  });
});
