/** @file Whatever bytes files hold, reading ends with pictures or with a sentence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../../src/core/archive/file-entry.ts';
import { readDataset } from '../../../../src/core/dataset/read/read-dataset.ts';
import { StudioError } from '../../../../src/core/error.ts';

const names = fc.constantFrom(
  'metadata.jsonl',
  'metadata.csv',
  'x.json',
  'x.csv',
  'x.tsv',
  'a.txt',
  'a.caption',
  'a.json',
  'x.html',
  'captions.txt',
  '../up.jsonl',
);

const pieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\n',
    '\r',
    ';',
    '\t',
    '#0\t',
    '<img src="',
    'alt=',
    '>',
    "'",
    '\\',
    '&#1114112;',
    '\uFEFF',
    '\uD800',
  ],
  ...[
    '"file_name"',
    '"file"',
    '"captions"',
    '"images"',
    '"annotations"',
    '"image_id"',
    '"__proto__"',
    'a.jpg',
    '../../a.jpg',
    'file,caption\n',
    '1',
    'null',
    '[]',
  ],
);

const texts = fc.oneof(
  fc.array(pieces, { maxLength: 25 }).map((parts) => new TextEncoder().encode(parts.join(''))),
  fc.json({ maxDepth: 4 }).map((json) => new TextEncoder().encode(json)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
);

const sets = fc.array(fc.tuple(names, texts), { maxLength: 4 });

const entry = (path: string, bytes: Uint8Array<ArrayBuffer>): FileEntry => ({
  path,
  byteLength: bytes.length,
  read: () => Promise.resolve(bytes),
});

describe('readDataset', () => {
  it('reads or explains any files beside a picture', async () => {
    await fc.assert(
      fc.asyncProperty(sets, async (set) => {
        const { items } = await readDataset([entry('a.jpg', new Uint8Array()), ...set.map(([path, bytes]) => entry(path, bytes))]);
        expect(items[0]?.path).toBe('a.jpg');
        for (const { captions } of items) expect(captions.every(({ text }) => text !== '')).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('reads or explains any files alone', async () => {
    await fc.assert(
      fc.asyncProperty(sets, async (set) => {
        try {
          await readDataset(set.map(([path, bytes]) => entry(path, bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          expect((error as StudioError).code).toBe('file-invalid');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['pictures that never end', '<img "'.repeat(200_000)],
    ['attributes without value', `<html><img ${'a'.repeat(500_000)} alt="x">`],
    ['blanks', `file,caption\na.jpg,${' '.repeat(500_000)}x\n`],
    ['quotes', `file,caption\na.jpg,"${'""'.repeat(200_000)}"\n`],
  ])('takes no longer for a million of %s', async (_, text) => {
    const bytes = new TextEncoder().encode(text);
    const start = performance.now();
    await readDataset([entry('a.jpg', new Uint8Array()), entry(text.startsWith('<') ? 'x.html' : 'x.csv', bytes)]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('is not led astray by depth', async () => {
    const deep = new TextEncoder().encode('['.repeat(200_000) + ']'.repeat(200_000));
    await expect(readDataset([entry('x.json', deep)])).rejects.toBeInstanceOf(StudioError);
  });
});
