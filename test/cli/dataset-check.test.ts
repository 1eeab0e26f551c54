/** @file `dataset stats|check` as a person runs them. */
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDataset } from './dataset-stage.ts';
import { samples } from './run-studio.ts';

const { place, run, json } = useDataset('dataset-check');

describe('dataset stats and check', () => {
  it('shows control characters of names instead of letting a terminal obey them, and names files that cannot be opened', async () => {
    cpSync(join(samples, 'skimage_coffee.jpg'), place('set', 'a\u001B[31mred\n.jpg'));
    writeFileSync(Buffer.concat([Buffer.from(place('set/not utf-8 ')), Buffer.from([0xff]), Buffer.from('.jpg')]), 'x');
    const { out } = await run('check', 'set', '--no-pictures');
    expect(out).toContain('a\\x1b[31mred\\n.jpg: there is no caption');
    expect(out).not.toContain('\u001B');
    expect(out).toMatch(/not utf-8 \uFFFD\.jpg: its name is not in UTF-8/u);
  });

  it('counts', async () => {
    const stats = json(await run('stats', 'set', '--json'));
    expect(stats).toMatchObject({ pictures: 3, captioned: 3, missing: 0 });
    expect((await run('stats', 'set', '--tokenizer', 'clip')).out).toMatch(/tokens {5}8 to \d+, .*\(clip, which reads 77\)/u);
    expect((await run('stats', 'set', '--tokenizer', 't5')).err).toContain('get tokenizer.json of google-t5/t5-base');
    const { out } = await run('stats', 'set', '--tokenizer', join(samples, '../bundles/llava-mini'));
    expect(out).toMatch(/tokens {5}\d+ to \d+, mean/u);
  });

  it('passes a set without faults and fails one with each of them named', async () => {
    writeFileSync(place('set/cat.txt'), 'A cat looks at you.');
    expect((await run('check', 'set')).code).toBe(0);
    cpSync(place('set/cat.jpg'), place('set/cat copy.jpg'));
    writeFileSync(place('set/broken.jpg'), 'no picture');
    writeFileSync(place('set/broken.txt'), 'A dog sits on the');
    writeFileSync(place('set/CON.jpg'), readFileSync(place('set/trips/rocket.jpg')));
    writeFileSync(place('set/bad.csv'), 'x,y\n1,2\n');
    const ran = await run('check', 'set', '--json');
    expect(ran.code).toBe(1);
    const found = (json(ran)['findings'] as { kind: string; path: string }[]).map(({ kind, path }) => `${kind} ${path}`).sort();
    expect(found).toEqual([
      'broken broken.jpg',
      'duplicate cat.jpg',
      'duplicate trips/rocket.jpg',
      'empty CON.jpg',
      'empty cat copy.jpg',
      'name CON.jpg',
      'unfinished broken.jpg',
      'unreadable bad.csv',
    ]);
    const ignoring = await run('check', 'set', '--no-pictures', '--ignore', 'empty,name,unfinished,unreadable');
    expect([ignoring.code, ignoring.out.includes('nothing found')]).toEqual([0, true]);
  });

  it.each([
    ['nowhere', 'nowhere: there is no such file or folder', 1],
    ['empty', 'empty: there is no data set here: it is empty', 1],
    ['x.tar.gz', 'x.tar.gz: is packed in a way', 2],
    ['x.zip', 'x.zip: is no whole zip archive', 1],
    ['x.csv', 'x.csv: x.csv, line 1: the header "a, b" needs a column such as file', 1],
  ])('says what is wrong with %s', async (source, message, code) => {
    mkdirSync(place('empty'));
    for (const name of ['x.tar.gz', 'x.zip', 'x.csv']) writeFileSync(place(name), 'a,b\n1,2\n');
    const ran = await run('stats', source);
    expect([ran.err.startsWith(message), ran.code]).toEqual([true, code]);
  });

  it('does not touch what it reads', async () => {
    utimesSync(place('set/cat.txt'), 1000, 1000);
    await run('check', 'set');
    await run('clean', 'set', '--case', 'upper', '--dry-run');
    expect(statSync(place('set/cat.txt')).mtimeMs).toBe(1_000_000);
  });
});
