/** @file `caption` on pictures of all kinds, and on files that are none. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBadPictures, writeGoodPictures } from './odd-pictures.ts';
import { captionsOf, samples, useStudio } from './run-studio.ts';

const studio = useStudio('pictures');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);

describe('caption', () => {
  it('sees the same cat in every kind of picture', async () => {
    mkdirSync(place('good'));
    const names = await writeGoodPictures(place('good'));
    const { code, out, err } = await studio.run('caption', 'good', '--max-new-tokens', '2');
    expect([code, err]).toEqual([0, '']);
    expect(captionsOf(out)).toEqual(Object.fromEntries(names.map((name) => [name, 'A cat'])));
  });

  it('names each picture that fails, once, and captions the others', async () => {
    mkdirSync(place('mixed/nested'), { recursive: true });
    const names = await writeBadPictures(place('mixed'));
    symlinkSync(join(samples, 'skimage_chelsea.jpg'), place('mixed/nested/link.jpg'));
    symlinkSync('nowhere', place('mixed/nested/loose.jpg'));
    writeFileSync(place('mixed/notes.md'), 'no picture, and not taken for one');
    const { code, out, err } = await studio.run('caption', 'mixed', '--batch', '3');
    expect(code).toBe(1);
    expect(captionsOf(out)).toEqual({ 'nested/link.jpg': 'A cat sits on a table with a laptop.' });
    const lines = err.trim().split('\n');
    expect(lines).toHaveLength(names.length + 1);
    for (const name of names) expect(lines.filter((line) => line.startsWith(`${name}: `))).toHaveLength(1);
    expect(err).toMatch(/nested\/loose\.jpg: there is no such file/u);
    expect(err).not.toMatch(/^\s+at /mu);
  });

  it('tells failures in one line each, whatever the names hold', async () => {
    mkdirSync(place('names'));
    writeFileSync(place('names', 'two\nlines \u001b[31m.jpg'), 'no picture');
    const { code, err } = await studio.run('caption', 'names');
    expect([code, err.split('\n')]).toEqual([1, [expect.stringMatching(/^two\\nlines \\x1b\[31m\.jpg: cannot be decoded/u), '']]);
  });

  // Root may read everything.
  it.runIf(process.getuid?.() !== 0)('says which folder cannot be read', async () => {
    mkdirSync(place('closed'), { mode: 0 });
    const { code, err } = await studio.run('caption', 'closed');
    chmodSync(place('closed'), 0o700);
    expect([code, err]).toEqual([1, 'closed: the system refuses access; look at the owner and the rights\n']);
  });
});
