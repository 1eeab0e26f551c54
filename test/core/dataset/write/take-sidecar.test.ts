import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeItem, type ItemContent } from '../../../../src/core/dataset/item.ts';
import { planSidecars, type SidecarText } from '../../../../src/core/dataset/write/sidecars.ts';
import { takeSidecar } from '../../../../src/core/dataset/write/take-sidecar.ts';

const author = { kind: 'person' } as const;
const content = (captions: readonly string[], tags: readonly string[] = []): ItemContent => ({
  captions: captions.map((text) => ({ text, author })),
  tags,
});

function write(says: SidecarText, { captions, tags }: ItemContent): string {
  const [file] = planSidecars([{ item: makeItem('a.jpg', { captions, tags }), path: 'a.jpg' }], { ending: '.txt', says, tagEnding: null });
  return file?.kind === 'text' ? [...file.write()].join('') : '';
}

function take(says: SidecarText, text: string, before: ItemContent): ItemContent {
  return takeSidecar({ file: 'a.txt', text, writing: { ending: '.txt', says, tagEnding: null } }, before);
}

describe('a text beside a picture that is taken in', () => {
  it('becomes the first caption, from that file, and the others stay', () => {
    const after = take('caption', 'Theirs\nof two lines.\r\n', content(['Mine', 'Second'], ['t']));
    expect(after.captions.map(({ text }) => text)).toEqual(['Theirs\nof two lines.', 'Second']);
    expect(after.captions[0]?.author).toEqual({ kind: 'file', file: 'a.txt' });
    expect(after.tags).toEqual(['t']);
    expect(take('caption', '\n', content(['Mine'])).captions).toEqual([]);
  });

  it('is parted into caption and tags as it was put together', () => {
    const before = content(['Mine'], ['sea', 'blue sky']);
    expect(take('caption, tags', 'Theirs, with a comma, sea, blue sky\n', before)).toMatchObject({
      captions: [{ text: 'Theirs, with a comma' }],
      tags: before.tags,
    });
    expect(take('tags, caption', 'sea, blue sky, Theirs\n', before)).toMatchObject({ captions: [{ text: 'Theirs' }], tags: before.tags });
    expect(take('caption, tags', 'Theirs, sea\n', before)).toMatchObject({ captions: [{ text: 'Theirs, sea' }], tags: [] });
    expect(take('tags', 'a, b\nc,\n', before)).toMatchObject({ captions: [{ text: 'Mine' }], tags: ['a', 'b', 'c'] });
    expect(take('captions', 'one\n\ntwo\r\none\n', before).captions.map(({ text }) => text)).toEqual(['one', 'two']);
    const tagFile = { file: 'a.txt', text: 'x, y\n', writing: { ending: '.caption', says: 'caption', tagEnding: '.txt' } } as const;
    expect(takeSidecar(tagFile, before)).toMatchObject({ captions: [{ text: 'Mine' }], tags: ['x', 'y'] });
  });

  it('is written again as it was', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '' && !/[\r\n\uFEFF]/u.test(text));
    const says = fc.constantFrom<SidecarText[]>('caption', 'caption, tags', 'tags, caption');
    fc.assert(
      fc.property(line, line, says, (theirs, mine, how) => {
        expect(write(how, take(how, `${theirs}\n`, content([mine], ['t'])))).toBe(`${theirs}\n`);
      }),
    );
  });
});
