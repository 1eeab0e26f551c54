/** @file Earlier captions of a picture. */
import { describe, expect, it } from 'vitest';
import { addVersion, readVersions, sayVersion, type CaptionVersion } from '../../../../src/core/dataset/edit/versions.ts';

const typed = (text: string, atMs: number): CaptionVersion => ({ text, atMs, author: { kind: 'person' } });
const original: CaptionVersion = { text: 'from the file', atMs: 0, author: { kind: 'file', file: 'a.txt' } };

describe('addVersion', () => {
  it('takes typing within a minute as one version', () => {
    const versions = addVersion(addVersion([original], typed('a do', 1000)), typed('a dog', 2000));
    expect(versions.map(({ text }) => text)).toEqual(['a dog', 'from the file']);
    expect(addVersion(versions, typed('a cat', 99_000))).toHaveLength(3);
  });

  it('moves a text that comes again to the front, under its first author', () => {
    const versions = addVersion([typed('mine', 5), original], typed('from the file', 100_000));
    expect(versions[0]).toEqual({ ...original, atMs: 100_000 });
    expect(versions).toHaveLength(2);
  });

  it('never drops what came with the data set', () => {
    let versions: readonly CaptionVersion[] = [original];
    for (let i = 1; i <= 30; i++) versions = addVersion(versions, typed(String(i), i * 100_000), 5);
    expect(versions.map(({ text }) => text)).toEqual(['30', '29', '28', '27', 'from the file']);
  });

  it('keeps no empty one', () => {
    expect(addVersion([original], typed('', 9))).toEqual([original]);
  });
});

describe('captions of styles', () => {
  const written = (id: string, scale = 1): CaptionVersion => {
    const author = { kind: 'model', model: 'llava-mini', style: 'Tales', worn: { id, scale }, prompt: '' } as const;
    return { text: 'a cat', atMs: 1, author };
  };

  it('are kept apart where two styles, or two strengths of one, wrote the same', () => {
    const versions = [written('a'), written('b'), written('a', 0.5)].reduce<readonly CaptionVersion[]>(
      (all, one) => addVersion(all, one),
      [],
    );
    expect(versions).toEqual([written('a', 0.5), written('b'), written('a')]);
    expect(addVersion(versions, written('b'))).toHaveLength(3);
  });

  it('tell after a reload which style it was', () => {
    const stored: unknown = JSON.parse(JSON.stringify([written('a', 0.5)]));
    expect(readVersions(stored)).toEqual([written('a', 0.5)]);
  });
});

describe('readVersions', () => {
  it('reads its own JSON and leaves out what is none', () => {
    const stored: unknown = JSON.parse(JSON.stringify([original, { text: 3 }, null, typed('x', 1)]));
    expect(readVersions(stored)).toEqual([original, typed('x', 1)]);
    expect(readVersions('no list')).toEqual([]);
  });
});

describe('readVersions', () => {
  it('keeps the decoding options that a caption was asked for with', () => {
    const author = { kind: 'model', model: 'llava-mini', style: null, prompt: 'Describe it.', decoding: { beams: 4 } } as const;
    expect(readVersions([{ text: 'A cat.', atMs: 1, author }])).toEqual([{ text: 'A cat.', atMs: 1, author }]);
    expect(readVersions([{ text: 'A cat.', atMs: 1, author: { ...author, decoding: 'odd' } }])[0]?.author).not.toHaveProperty('decoding');
  });
});

describe('sayVersion', () => {
  it('names model, style and prompt', () => {
    const author = { kind: 'model', model: 'llava-mini', style: 'concise', prompt: 'Describe it.' } as const;
    expect(sayVersion({ author })).toBe('llava-mini, concise: “Describe it.”');
    expect(sayVersion(typed('x', 1))).toBe('you');
  });
});
