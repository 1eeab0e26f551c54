import { describe, expect, it } from 'vitest';
import type { Author } from '../../../src/core/dataset/item.ts';
import type { CardRecord } from '../../../src/app/state/cards/card-record.ts';
import { mergeCards } from '../../../src/app/state/cards/merge-cards.ts';

const author: Author = { kind: 'person' };

function card(text: string, tags: readonly string[] = [], earlier: readonly string[] = ['as it was']): CardRecord {
  const texts = [text, ...earlier.filter((one) => one !== text)];
  return {
    id: 'a',
    name: 'a.jpg',
    order: 1,
    sizeBytes: 1,
    source: undefined,
    size: undefined,
    state: 'done',
    isQueued: false,
    text,
    isEdited: true,
    dataset: {
      path: 'a.jpg',
      content: { captions: [{ text, author }], tags },
      versions: texts.map((one, i) => ({ text: one, author, atMs: 100 - i })),
      split: null,
      sourceId: null,
      metadata: {},
      folderId: null,
    },
    report: undefined,
    recipe: { label: 'One', prompt: 'Caption it.', system: null, changes: {} },
    error: undefined,
  };
}

const base = card('as it was');

describe('mergeCards', () => {
  it('takes what only one tab changed from that tab', () => {
    const size = { width: 3, height: 2 };
    expect(mergeCards({ base, mine: { ...base, size }, theirs: card('theirs') })).toEqual({
      isContested: false,
      record: { ...card('theirs'), size },
    });
    expect(mergeCards({ base, mine: card('mine'), theirs: { ...base, size } }).record).toEqual({ ...card('mine'), size });
    const { record } = mergeCards({ base, mine: card('as it was', ['cat']), theirs: card('theirs') });
    expect([record.text, record.dataset?.content.tags]).toEqual(['theirs', ['cat']]);
  });

  it('keeps both captions where both wrote one, the own one first', () => {
    const { record, isContested } = mergeCards({ base, mine: card('mine'), theirs: card('theirs', ['cat']) });
    expect(isContested).toBe(true);
    expect(record.text).toBe('mine');
    expect(record.dataset?.content.tags).toEqual(['cat']);
    expect(record.dataset?.versions.map(({ text }) => text)).toEqual(['mine', 'theirs', 'as it was']);
  });

  it('finds nothing contested where both wrote the same', () => {
    expect(mergeCards({ base, mine: card('same'), theirs: card('same') }).isContested).toBe(false);
  });
});
