/** @file `caption --existing`: going on after a kill, and what becomes of captions that are there. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captionsOf, finished, rowsOf, samples, useStudio } from './run-studio.ts';

const studio = useStudio('existing');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const read = (...parts: readonly string[]): string => readFileSync(place(...parts), 'utf8');
const cat = join(samples, 'skimage_chelsea.jpg');
const catCaption = 'A cat sits on a table with a laptop.';

/** Makes a folder of many pictures, so that there is a middle. */
function manyPictures(folder: string, count: number): readonly string[] {
  mkdirSync(place(folder), { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(3, '0')}.jpg`);
  for (const name of names) cpSync(cat, place(folder, name));
  return names;
}

/** Waits until a file has some whole lines. */
async function linesOf(path: string, least: number): Promise<void> {
  for (;;) {
    try {
      if (readFileSync(path, 'utf8').split('\n').length > least) return;
    } catch {
      // not there yet
    }
    await setTimeout(5);
  }
}

describe('caption --existing', () => {
  it.each(['jsonl', 'csv'])('loses no line of %s to a kill, and goes on from there', async (format) => {
    const names = manyPictures('many', 20);
    const out = `killed.${format}`;
    const args = ['caption', 'many', '--format', format, '--out', out, '--batch', '1'];
    const child = studio.start(...args);
    await linesOf(place(out), 3);
    child.kill('SIGKILL');
    await once(child, 'close');
    const before = read(out);
    expect(before.split('\n').length).toBeLessThan(20);
    appendFileSync(place(out), format === 'csv' ? '019.jpg,A c' : '{"file":"019.jpg","capt'); // as a full disk leaves it
    expect((await studio.run(...args)).code).toBe(0);
    const after = read(out);
    expect(after.startsWith(before)).toBe(true);
    const files = format === 'csv' ? after.trim().split('\n').slice(1).map((line) => line.split(',')[0]) : Object.keys(captionsOf(after)); // prettier-ignore
    expect(files.toSorted()).toEqual(names);
    expect(after.trim().split('\n')).toHaveLength(names.length + (format === 'csv' ? 1 : 0));
  });

  it('stops at an interrupt with what is done, and says so', async () => {
    manyPictures('more', 20);
    const child = studio.start('caption', 'more', '--out', 'stopped.jsonl', '--batch', '1');
    const end = finished(child);
    await linesOf(place('stopped.jsonl'), 2);
    child.kill('SIGINT');
    const { code, err } = await end;
    const rows = rowsOf(read('stopped.jsonl'));
    expect([code, err]).toEqual([1, `stopped after ${String(rows.length)} of 20 pictures; the same command goes on from here\n`]);
    expect(rows.length).toBeLessThan(20);
    expect(new Set(rows.map(({ caption }) => caption))).toEqual(new Set([catCaption]));
  });

  it('captions with --limit only so many, the next ones at each call', async () => {
    manyPictures('few', 5);
    for (const count of [2, 4, 5, 5]) {
      expect((await studio.run('caption', 'few', '--limit', '2', '--out', 'limited.jsonl')).code).toBe(0);
      expect(Object.keys(captionsOf(read('limited.jsonl')))).toHaveLength(count);
    }
  });

  it.each([
    ['skip', 'old\n'],
    ['overwrite', `${catCaption}\n`],
    ['append', `old\n${catCaption}\n`],
    ['prepend', `${catCaption}\nold\n`],
  ])('does to text files what %s says', async (policy, expected) => {
    manyPictures(policy, 2);
    writeFileSync(place(policy, '000.txt'), 'old\n');
    expect((await studio.run('caption', policy, '--format', 'txt', '--existing', policy)).code).toBe(0);
    expect(read(policy, '000.txt')).toBe(expected);
    expect(read(policy, '001.txt')).toBe(`${catCaption}\n`);
  });

  it('starts a file anew with overwrite, and refuses to change lines that are written', async () => {
    manyPictures('rows', 1);
    writeFileSync(place('rows.jsonl'), '{"file":"000.jpg","caption":"old"}'); // no line end, as editors leave it
    const appended = await studio.run('caption', 'rows', '--out', 'rows.jsonl', '--existing', 'append');
    expect([appended.code, appended.err]).toEqual([2, expect.stringMatching(/--existing append: goes with --format txt/u)]);
    await studio.run('caption', 'rows', cat, '--out', 'rows.jsonl');
    expect(captionsOf(read('rows.jsonl'))).toEqual({ '000.jpg': 'old', 'skimage_chelsea.jpg': catCaption });
    await studio.run('caption', 'rows', '--out', 'rows.jsonl', '--existing', 'overwrite');
    expect(captionsOf(read('rows.jsonl'))).toEqual({ '000.jpg': catCaption });
  });

  it('joins a COCO file that is there, and leaves a file alone that holds no captions', async () => {
    manyPictures('coco', 2);
    await studio.run('caption', 'coco', '--format', 'coco', '--out', 'coco.json', '--limit', '1');
    await studio.run('caption', 'coco', '--format', 'coco', '--out', 'coco.json');
    const annotations = (): unknown[] => (JSON.parse(read('coco.json')) as { annotations: unknown[] }).annotations;
    expect(annotations()).toHaveLength(2);
    for (const expected of [4, 6]) {
      await studio.run('caption', 'coco', '--format', 'coco', '--out', 'coco.json', '--existing', 'append');
      expect(annotations()).toHaveLength(expected);
    }
    writeFileSync(place('notes.txt'), 'dear diary');
    const { code, err } = await studio.run('caption', 'coco', '--out', 'notes.txt');
    expect([code, err, read('notes.txt')]).toEqual([1, expect.stringMatching(/^notes\.txt/u), 'dear diary']);
  });
});
