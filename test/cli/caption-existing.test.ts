/** @file `caption --existing`: going on after a kill, and what becomes of captions that are there. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCaptionFile } from '../../src/core/dataset/caption-file.ts';
import { captionsOf, rowsOf, samples, useStudio } from './run-studio.ts';

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

/** Of a file with some whole lines. */
const lines = (count: number): RegExp => new RegExp(`^(?:.*\\n){${String(count)}}`, 'u');

describe('caption --existing', () => {
  it.each(['jsonl', 'csv'])('loses no line of %s to a kill, and goes on from there', async (format) => {
    const names = manyPictures('many', 20);
    const out = `killed.${format}`;
    const args = ['caption', 'many', '--format', format, '--out', out, '--batch', '1'];
    await studio.runUntil({ file: out, says: lines(3), signal: 'SIGKILL' }, ...args);
    const before = read(out);
    expect(before.split('\n')).toHaveLength(4);
    appendFileSync(place(out), format === 'csv' ? '019.jpg,A c' : '{"file":"019.jpg","capt'); // as a full disk leaves it
    expect((await studio.run(...args)).code).toBe(0);
    const after = read(out);
    expect(after.startsWith(before)).toBe(true);
    const files = format === 'csv' ? after.trim().split('\n').slice(1).map((line) => line.split(',')[0]) : Object.keys(captionsOf(after)); // prettier-ignore
    expect(files.toSorted()).toEqual(names);
    expect(after.trim().split('\n')).toHaveLength(names.length + (format === 'csv' ? 1 : 0));
  });

  it('says that there is nothing to do where every picture has a caption, and how it is written anew', async () => {
    mkdirSync(place('told'));
    cpSync(cat, place('told', 'cat.jpg'));
    writeFileSync(place('told', 'cat.txt'), 'Mine.');
    const ran = await studio.run('caption', 'told', '--format', 'txt');
    expect(ran).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/^nothing to do: .*--existing overwrite/u) as string });
    expect(read('told', 'cat.txt')).toBe('Mine.');
  });

  it.each([
    ['caption', '--bogus'],
    ['adapter', 'inspect'],
    ['dataset', 'import', 'told'],
    ['bundle', 'verify'],
  ])('leads who misuses %s %s to its help, with the code of a command that makes no sense', async (...args) => {
    const ran = await studio.run(...args);
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^error: [\s\S]*--help/u) as string });
  });

  it('stops at an interrupt with what is done, and says so', async () => {
    manyPictures('more', 20);
    const moment = { file: 'stopped.jsonl', says: lines(2), signal: 'SIGINT' } as const;
    const { code, err } = await studio.runUntil(moment, 'caption', 'more', '--out', 'stopped.jsonl', '--batch', '1');
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

  it('starts a file anew with overwrite, and goes on with one that an editor left without its last line end', async () => {
    manyPictures('rows', 1);
    writeFileSync(place('rows.jsonl'), '{"file":"000.jpg","caption":"old"}');
    await studio.run('caption', 'rows', cat, '--out', 'rows.jsonl');
    expect(captionsOf(read('rows.jsonl'))).toEqual({ '000.jpg': 'old', 'skimage_chelsea.jpg': catCaption });
    await studio.run('caption', 'rows', '--out', 'rows.jsonl', '--existing', 'overwrite');
    expect(captionsOf(read('rows.jsonl'))).toEqual({ '000.jpg': catCaption });
  });

  it.each([
    ['append', ['old', 'other', 'older', catCaption]],
    ['prepend', [catCaption, 'old', 'other', 'older']],
  ])('joins rows with %s where the picture stands, and keeps what else they tell', async (policy, expected) => {
    const folder = `${policy}-rows`;
    manyPictures(folder, 2);
    const stranger = '{"file":"elsewhere.jpg","caption":"of another picture"}';
    writeFileSync(
      place('joined.jsonl'),
      `{"file":"000.jpg","caption":"old","captions":["old","other"],"rating":5}\n${stranger}\n{"file":"000.jpg","caption":"older"}\n`,
    );
    expect((await studio.run('caption', folder, '--out', 'joined.jsonl', '--existing', policy)).code).toBe(0);
    const lines = read('joined.jsonl').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ file: '000.jpg', caption: expected[0], captions: expected, rating: 5 });
    expect(lines[1]).toBe(stranger);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ file: '001.jpg', caption: catCaption });

    writeFileSync(place('joined.csv'), 'file,caption\n000.jpg,old\n000.jpg,other\nelsewhere.jpg,"one, two"\n000.jpg,older\n');
    await studio.run('caption', folder, '--format', 'csv', '--out', 'joined.csv', '--existing', policy);
    const rows = [...expected.map((text) => `000.jpg,${text}`), 'elsewhere.jpg,"one, two"', `001.jpg,${catCaption}`];
    expect(read('joined.csv')).toBe(`file,caption\n${rows.join('\n')}\n`);
  });

  it.each(['jsonl', 'coco'])('changes a file of %s only when all is there; after a kill the same command goes on', async (format) => {
    const names = manyPictures(`part-${format}`, 12);
    const out = `part.${format}`;
    const old =
      format === 'jsonl'
        ? '{"file":"000.jpg","caption":"old"}\n'
        : JSON.stringify({ images: [{ id: 1, file_name: '000.jpg' }], annotations: [{ image_id: 1, caption: 'old' }] });
    writeFileSync(place(out), old);
    const args = ['caption', `part-${format}`, '--format', format, '--out', out, '--existing', 'append', '--batch', '1'];
    await studio.runUntil({ file: `${out}.part`, says: lines(3), signal: 'SIGKILL' }, ...args);
    expect(read(out)).toBe(old);
    const kept = read(`${out}.part`);
    appendFileSync(place(`${out}.part`), '{"file":"011.jpg","capt');
    const other = await studio.run(...args.map((word) => (word === 'append' ? 'prepend' : word)));
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/\.part: is what a stopped run/u)]);
    expect(read(`${out}.part`).startsWith(kept)).toBe(true);

    expect((await studio.run(...args)).code).toBe(0);
    expect(existsSync(place(`${out}.part`))).toBe(false);
    expect(parseCaptionFile(out, read(out)).records.map(({ file }) => file)).toEqual(names);
    expect([...read(out).matchAll(/"old"/gu)].length).toBe(format === 'jsonl' ? 2 : 1); // as caption and among captions
    expect([...read(out).matchAll(new RegExp(catCaption, 'gu'))].length).toBe(names.length);
  });

  it('does not mix formats in one file', async () => {
    manyPictures('mixed', 1);
    for (const [text, words] of [
      ['{"file":"000.jpg","caption":"old"}\n', /holds JSON lines, which --format csv cannot go on with/u],
      ['file,caption,split\n000.jpg,old,train\n', /has other columns than file,caption/u],
    ] as const) {
      writeFileSync(place('mixed.file'), text);
      const { code, err } = await studio.run('caption', 'mixed', '--format', 'csv', '--out', 'mixed.file');
      expect([code, err, read('mixed.file')]).toEqual([2, expect.stringMatching(words), text]);
    }
  });

  it.each(['jsonl', 'csv', 'coco', 'txt'])('says at once that %s cannot be written where it is sent', async (format) => {
    manyPictures('nowhere', 1);
    writeFileSync(place('a-file'), '');
    const { code, err } = await studio.run('caption', 'nowhere', '--format', format, '--out', 'a-file/captions');
    expect([code, err]).toEqual([1, expect.stringMatching(/^a-file\/captions.*: a file stands where a folder should be/u)]);
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
