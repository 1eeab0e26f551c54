/** @file Places that cannot be meant, or cannot be read or written: each is told in a sentence that names it, and nothing is left behind. */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { samples, useStudio } from './run-studio.ts';

const studio = useStudio('odd-places');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const tooLong = 'n'.repeat(300);
const style = join(import.meta.dirname, '../../public/adapters/alt-text');

beforeAll(() => {
  mkdirSync(place('set'));
  const [photo = ''] = readdirSync(samples).filter((name) => name.endsWith('.jpg'));
  copyFileSync(join(samples, photo), place('set/a.jpg'));
  writeFileSync(place('set/a.txt'), 'a dog\n');
  writeFileSync(place('file'), 'text');
  writeFileSync(place('h.jsonl'), '{"file":"a.jpg","caption":"a dog"}\n');
  writeFileSync(place('r.json'), '{"a.jpg":["a dog"]}');
  symlinkSync('nowhere', place('dangling'));
  symlinkSync('loop', place('loop'));
});

const exporting = ['dataset', 'export', 'set', '--format', 'txt', '--out'];
const scoring = ['evaluate', '--hypotheses', 'h.jsonl', '--references', 'r.json', '--metrics', 'BLEU', '--per-image'];

describe('a place', () => {
  it.each([
    [['dataset', 'export', 'set', '--format', 'jsonl', '--out', ''], 2, '--out: is empty'],
    [['caption', ''], 2, '<pictures>: is empty'],
    [['caption', 'set/a.jpg', '--model', ''], 2, '--model: is empty'],
    [['caption', 'set/a.jpg', '--adapter', ''], 2, '--adapter: is empty'],
    [['train', '--images', '', '--out', 'style'], 2, '--images: is empty'],
    [['convert', 'set', ''], 2, '<bundle>: is empty'],
  ])('that is empty is refused before anything is done: %j', async (args, code, message) => {
    const ran = await studio.run(...args);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toMatch(message);
  });

  it.each<readonly [readonly string[], number, string | RegExp]>([
    [[...exporting, tooLong], 2, 'is longer than the system takes'],
    [['inspect', tooLong], 2, 'is longer than the system takes'],
    [['inspect', 'file'], 1, /^file: is a file, where a folder was expected\n$/u],
    [['inspect', 'loop'], 1, /^loop: is a link that leads in a circle/u],
    [['bundle', 'verify', 'file/below'], 1, /^file\/below: a file stands where a folder should be\n$/u],
    [['adapter', 'inspect', 'loop'], 1, /^loop: is a link that leads in a circle/u],
    [['convert', 'file/below', 'bundle'], 1, /^file\/below: a file stands where a folder should be\n$/u],
    [[...exporting, 'dangling'], 1, /dangling: is a link to nowhere, which is not there; make that folder/u],
    [[...exporting, 'dangling/below'], 1, /dangling: is a link to nowhere, which is not there; make that folder/u],
    [[...exporting, 'loop'], 1, /loop.*: is a link that leads in a circle/u],
    [
      ['adapter', 'export', style, '--out', 'file', '--force'],
      2,
      /^file: a file lies here, where a folder is to be; choose another --out\n$/u,
    ],
    [['adapter', 'export', style, '--out', '-'], 2, /^--out -: is written as files/u],
    [['caption', 'set/a.jpg', '--format', 'txt', '--out', '-'], 2, /^--out -: texts beside pictures are many files/u],
    [[...scoring, 'set'], 1, /^set: is a folder, where a file was expected\n$/u],
    [[...scoring, process.platform === 'linux' ? '/proc/x' : 'file/x'], 1, /\/proc takes no files|a file stands/u],
  ])('that is none is told with its cause: %j', async (args, code, message) => {
    const before = readdirSync(studio.folder, { recursive: true });
    const ran = await studio.run(...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toMatch(/^\s+at /mu);
    expect(readdirSync(studio.folder, { recursive: true })).toEqual(before);
  });

  it('named - is the standard output, where lines go', async () => {
    const ran = await studio.run('caption', 'set/a.jpg', '--max-new-tokens', '2', '--out', '-');
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ file: 'a.jpg' });
    expect(readdirSync(studio.folder)).not.toContain('-');
  });

  it('with the longest name that there may be is written to', async () => {
    const name = `${'n'.repeat(249)}.jsonl`;
    expect((await studio.run('dataset', 'export', 'set', '--format', 'jsonl', '--out', name)).code).toBe(0);
    expect(readdirSync(studio.folder)).toContain(name);
  });
});
