/** @file `caption` with the embedded model: what it writes of the sample photos, in every form and with every option. */
import { cpSync, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { captionsOf, finished, rowsOf, samples, useStudio } from './run-studio.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sample-captions.json'), 'utf8')) as Record<string, string>;
const names = Object.keys(golden);
const cat = join(samples, 'skimage_chelsea.jpg');
const studio = useStudio('caption');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const read = (...parts: readonly string[]): string => readFileSync(place(...parts), 'utf8');

describe('caption', () => {
  it('writes a JSON line for each picture of a folder, and nothing else when piped', async () => {
    const { code, out, err } = await studio.run('caption', samples);
    expect([code, err]).toEqual([0, '']);
    expect(captionsOf(out)).toEqual(golden);
    for (const row of rowsOf(out)) {
      expect(Object.keys(row)).toEqual(['file', 'caption', 'tokens', 'ms']);
      expect(row['tokens']).toBeGreaterThan(4);
      const ms = row['ms'] as Record<string, number>;
      expect(Object.keys(ms)).toEqual(['vision', 'prefill', 'decode']);
      expect(Math.min(...Object.values(ms))).toBeGreaterThan(0);
    }
  });

  it('writes the same in batches of any size', async () => {
    for (const batch of ['1', '3']) expect(captionsOf((await studio.run('caption', samples, '--batch', batch)).out)).toEqual(golden);
  });

  it('writes text files into a folder that was not there', async () => {
    expect((await studio.run('caption', samples, '--format', 'txt', '--out', 'made/texts')).code).toBe(0);
    expect(readdirSync(place('made/texts'))).toEqual(names.map((name) => name.replace('.jpg', '.txt')));
    for (const name of names) expect(read('made/texts', name.replace('.jpg', '.txt')).trim()).toBe(golden[name]);
  });

  it('keeps the texts of pictures apart that differ only in their ending', async () => {
    mkdirSync(place('twins'));
    cpSync(cat, place('twins/one.jpg'));
    cpSync(join(samples, 'skimage_coffee.jpg'), place('twins/one.png'));
    await studio.run('caption', 'twins', '--format', 'txt');
    expect(read('twins/one.txt').trim()).toBe(golden['skimage_chelsea.jpg']);
    expect(read('twins/one.png.txt').trim()).toBe(golden['skimage_coffee.jpg']);
  });

  it('writes CSV that a spreadsheet cannot take for a formula', async () => {
    cpSync(cat, place('=1+1,"x".jpg'));
    const { out } = await studio.run('caption', '=1+1,"x".jpg', '--format', 'csv');
    expect(out).toBe(`file,caption\n"'=1+1,""x"".jpg",${golden['skimage_chelsea.jpg'] ?? ''}\n`);
  });

  it('writes COCO captions', async () => {
    const { images, annotations } = JSON.parse((await studio.run('caption', samples, '--format', 'coco')).out) as {
      images: { id: number; file_name: string }[];
      annotations: { id: number; image_id: number; caption: string }[];
    };
    expect(new Set(annotations.map(({ id }) => id)).size).toBe(names.length);
    const fileOf = new Map(images.map(({ id, file_name: file }) => [id, file]));
    expect(Object.fromEntries(annotations.map(({ image_id: id, caption }) => [fileOf.get(id), caption]))).toEqual(golden);
  });

  it('reads archives, and refuses those whose members lead out of them', async () => {
    const archive = pack();
    for (const name of ['in/a.jpg', 'b.jpg', 'readme.md']) archive.entry({ name }, readFileSync(cat));
    archive.finalize();
    await pipeline(archive, createWriteStream(place('pictures.tar')));
    expect(Object.keys(captionsOf((await studio.run('caption', 'pictures.tar')).out))).toEqual(['in/a.jpg', 'b.jpg']);
    await studio.run('caption', 'pictures.tar', '--format', 'txt', '--out', 'from-tar');
    expect([existsSync(place('from-tar/in/a.txt')), existsSync(place('from-tar/b.txt'))]).toEqual([true, true]);
    const beside = await studio.run('caption', 'pictures.tar', '--format', 'txt');
    expect([beside.code, beside.err]).toEqual([2, expect.stringMatching(/in\/a\.jpg: lies in an archive.*--out/u)]);
    writeFileSync(place('broken.tar'), readFileSync(place('pictures.tar')).subarray(0, 20_000));
    const broken = await studio.run('caption', 'broken.tar');
    expect([broken.code, broken.err]).toEqual([1, expect.stringMatching(/broken\.tar: is cut short/u)]);
    const hostile = pack();
    hostile.entry({ name: '../../c.jpg' }, readFileSync(cat));
    hostile.finalize();
    await pipeline(hostile, createWriteStream(place('hostile.tar')));
    const refused = await studio.run('caption', 'hostile.tar');
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/which leads out of the archive/u)]);
  });

  it('gives pictures of one name different names, which stay when arguments are added behind', async () => {
    for (const folder of ['left/deep', 'right/deep']) {
      mkdirSync(place(folder), { recursive: true });
      cpSync(cat, place(folder, 'x.jpg'));
    }
    const files = async (...args: string[]): Promise<unknown> => rowsOf((await studio.run('caption', ...args)).out).map(({ file }) => file);
    expect(await files('left')).toEqual(['deep/x.jpg']);
    expect(await files('left', 'right', './left/deep/x.jpg', 'right/deep')).toEqual(['deep/x.jpg', 'right/deep/x.jpg']);
  });

  it.each([
    [['--starts-with', 'A dog'], /^A dog \w/u],
    [['--ban', 'cat,table'], /^(?!.*(cat|table))A small/iu],
    [['--force-words', 'sks style, Cat'], /^A cat sits .*, sks style\.$/u],
    [['--force-words', 'sks', '--beams', '3'], /^A cat .*, sks\.$/u],
    [['--stop', ' on', ' table'], /^A cat sits$/u],
    [['--max-new-tokens', '3'], /^A cat sits$/u],
    [['--min-new-tokens', '20'], /^(\S+ ){12,}/u],
    [['--beams', '3', '--length-penalty', '0.5'], /^A cat /u],
    [['--repetition-penalty', '1.3', '--repeat-ngram-ban', '2'], /^A cat /u],
    [['--prompt', 'detail'], /\w/u],
    [['--prompt', 'What is it?', '--system', 'You are brief.'], /\w/u],
  ])('takes %j', async (args, caption) => {
    const { code, out, err } = await studio.run('caption', cat, ...args);
    expect([code, err]).toEqual([0, '']);
    expect(rowsOf(out)[0]?.['caption']).toMatch(caption);
  });

  it('draws several captions by seed, or takes the best beams', async () => {
    const draw = async (...args: string[]): Promise<unknown> => rowsOf((await studio.run('caption', cat, ...args)).out)[0]?.['captions'];
    const warm = ['--captions', '3', '--temperature', '0.9', '--top-k', '20', '--top-p', '0.95', '--seed'];
    const first = (await draw(...warm, '5')) as string[];
    expect(new Set(first).size).toBe(3);
    expect(await draw(...warm, '5')).toEqual(first);
    expect(await draw(...warm, '6')).not.toEqual(first);
    expect(new Set((await draw('--captions', '2', '--beams', '3')) as string[]).size).toBe(2);
  });

  it.each([
    [[], /missing required argument/u],
    [[cat, '--beams', '0'], /whole number from 1/u],
    [[cat, '--temperature', 'hot'], /must be a number/u],
    [[cat, '--top-p', '3'], /topP: must be a number from 0 to 1/u],
    [[cat, '--captions', '3'], /they would all be the same/u],
    [[cat, '--force-words', 'hot dog', '--ban', 'dog'], /forcedWords: must be free of banned words \("dog"\), got "hot dog"/u],
    [
      [cat, '--force-words', 'sks style', '--max-new-tokens', '2'],
      /"sks style" must fit into a caption, which takes up to \d tokens where 2 may be/u,
    ],
    [[cat, '--format', 'xml'], /Allowed choices/u],
    [[cat, '--existing', 'burn'], /Allowed choices/u],
    [[cat, '--limit', '0'], /whole number from 1/u],
    [[cat, '--prompt', '<image> again'], /must not contain <image>/u],
    [[cat, '--prompt', 'word '.repeat(600)], /this model reads 512/u],
    [[cat, '--unknown'], /unknown option/u],
    [[cat, '--out', '.'], /is a folder/u],
    [['empty'], /there are no pictures here/u],
  ])('refuses %j as bad use', async (args, message) => {
    mkdirSync(place('empty'), { recursive: true });
    const { code, out, err } = await studio.run('caption', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /mu);
  });

  it('is content when its reader has enough', async () => {
    const child = studio.start('caption', samples, '--batch', '1');
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, err } = await finished(child);
    expect([code, err]).toEqual([0, '']);
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full, and leaves devices in their place', async () => {
    for (const format of ['jsonl', 'csv', 'coco']) {
      const { code, err } = await studio.run('caption', cat, '--format', format, '--out', '/dev/full');
      expect([format, code, err]).toEqual([format, 1, '/dev/full: the disk is full; make room and run the same command again\n']);
    }
    expect(() => {
      writeFileSync('/dev/full', 'x');
    }).toThrow(/ENOSPC/u);
  });

  it('says in a sentence what cannot be read or written', async () => {
    writeFileSync(place('file'), '');
    for (const [args, message] of [
      [['nowhere.jpg'], 'nowhere.jpg: there is no such file or folder\n'],
      [[cat, '--model', 'nowhere'], 'nowhere: there is no such folder\n'],
      [[cat, '--out', 'file/x.jsonl'], 'file/x.jsonl: a file stands where a folder should be\n'],
      [[cat, '--format', 'txt', '--out', 'file'], 'file: a file stands where a folder should be\n'],
    ] as const)
      expect(await studio.run('caption', ...args)).toEqual({ code: 1, out: '', err: message });
  });
});
