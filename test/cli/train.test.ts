/** @file `train` as a process: from photos and captions to a folder that captions are written with. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutputFile } from '../../src/core/archive/file-entry.ts';
import { writeTar } from '../../src/core/archive/write-tar.ts';
import { captionsOf, rowsOf, samples, useStudio, type Ran } from './run-studio.ts';

const studio = useStudio('train');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const lines = (file: string): readonly Record<string, unknown>[] => rowsOf(readFileSync(place(file), 'utf8'));
/** What all runs here share; the cache is one folder, so that pictures are looked at once. */
const shared = ['--images', 'photos', '--cache', 'cache', '--valid', '0.2', '--scored', '1', '--batch', '2', '--looks', '1'];
const train = (...args: readonly string[]): Promise<Ran> => studio.run('train', ...shared, ...args);

const sentence = 'a picture in the style of the house';
beforeAll(() => {
  mkdirSync(place('photos'));
  for (const name of readdirSync(samples).filter((file) => file.endsWith('.jpg'))) {
    cpSync(join(samples, name), place('photos', name));
    writeFileSync(place('photos', name.replace('.jpg', '.txt')), `${sentence}\n`);
  }
});

describe('train', () => {
  it('teaches a LoRA from sidecars, logs each step and leaves a folder that captions in the new style', async () => {
    const { code, out, err } = await train('--method', 'lora', '--steps', '30', '--lr', '5e-3', '--out', 'style', '--log', 'log.jsonl');
    expect([code, out]).toEqual([0, '']);
    expect(err).toMatch(/4 pictures.*30 steps, 1 is kept for validation/);
    const steps = lines('log.jsonl').filter(({ kind }) => kind === 'step');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    for (const field of ['loss', 'lr', 'samplesPerSecond']) for (const step of steps) expect(step[field]).toEqual(expect.any(Number));
    expect(readdirSync(place('style')).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'caption-studio.json',
    ]);
    const written = await studio.run('caption', samples, '--adapter', 'style');
    for (const caption of Object.values(captionsOf(written.out))) expect(String(caption).toLowerCase()).toContain(sentence);
  });

  it('goes on after Ctrl-C with the same numbers', async () => {
    const args = ['--method', 'prompt', '--init-text', 'one', '--steps', '12', '--looks', '4', '--seed', '3']; // a look at every third step
    await train(...args, '--out', 'whole', '--log', 'whole.jsonl');
    const secondLook = { file: 'parts.jsonl', says: /"validation"[^]*"validation"/u, signal: 'SIGINT' } as const;
    const { code, err } = await studio.runUntil(secondLook, 'train', ...shared, ...args, '--out', 'parts', '--log', 'parts.jsonl');
    expect([code, /--resume goes on/.test(err)]).toEqual([1, true]);
    expect((await train(...args, '--out', 'parts')).err).toMatch(/stopped at step \d+ of 12 lies here; go on with it by --resume/);
    expect((await train(...args, '--out', 'parts', '--resume', '--log', 'parts.jsonl')).code).toBe(0);
    const losses = (file: string): readonly unknown[] => lines(file).flatMap(({ kind, loss }) => (kind === 'step' ? [loss] : []));
    expect(losses('parts.jsonl')).toEqual(losses('whole.jsonl'));
    const tensors = (folder: string): Buffer => readFileSync(place(folder, 'caption-studio.safetensors'));
    expect(tensors('parts').equals(tensors('whole'))).toBe(true);
  });

  it('tells at Ctrl-C before the first step that the same command begins again, and leaves nothing behind', async () => {
    const args = ['--images', 'many', '--valid', '0', '--steps', '2', '--cache', 'cache-many', '--out', 'early'];
    mkdirSync(place('many'));
    const [first = ''] = readdirSync(place('photos')).filter((file) => file.endsWith('.jpg'));
    for (let i = 0; i < 48; i++) {
      writeFileSync(place('many', `${String(i)}.jpg`), Buffer.concat([readFileSync(place('photos', first)), Buffer.from([i])])); // each of its own hash
      writeFileSync(place('many', `${String(i)}.txt`), sentence);
    }
    const { code, err } = await studio.runUntil({ file: 'cache-many', signal: 'SIGINT' }, 'train', ...args);
    expect([code, err]).toEqual([1, expect.stringContaining('stopped before the first step; the same command begins again')]);
    expect(existsSync(place('early'))).toBe(false);
  });

  it('does not overwrite what is of no style, and tells where a stopped run is damaged', async () => {
    mkdirSync(place('project/run'), { recursive: true });
    writeFileSync(place('project/README.md'), 'mine');
    const stranger = await train('--steps', '1', '--out', 'project');
    expect([stranger.code, stranger.err]).toEqual([2, expect.stringContaining('project: a README.md lies here that is of no style')]);
    mkdirSync(place('torn/run'), { recursive: true });
    writeFileSync(place('torn/run/checkpoint.safetensors'), Buffer.alloc(5000));
    const torn = await train('--steps', '1', '--out', 'torn', '--resume');
    expect([torn.code, torn.err]).toEqual([
      1,
      expect.stringMatching(/torn.run: what was kept of this run cannot be read .*delete that folder/),
    ]);
  });

  it('goes on from an adapter: with its own sizes, from the loss that it ended with, and says so on the card', async () => {
    const args = ['--rank', '3', '--alpha', '5', '--targets', 'q_proj,v_proj', '--steps', '6', '--scored', '0', '--lr', '5e-3'];
    await train(...args, '--data', 'five photos', '--licence', 'cc0-1.0', '--out', 'first', '--log', 'first.jsonl');
    const on = await train(
      '--from',
      'first',
      '--steps',
      '4',
      '--scored',
      '0',
      '--data',
      'the same',
      '--out',
      'second',
      '--log',
      'second.jsonl',
    );
    expect([on.code, on.err]).toEqual([0, expect.stringContaining('lora: ')]);
    const looks = (file: string): readonly number[] =>
      lines(file).flatMap(({ kind, loss }) => (kind === 'validation' ? [Number(loss)] : []));
    expect(looks('second.jsonl')[0]).toBeCloseTo(looks('first.jsonl').at(-1) ?? 0, 5);
    const config = JSON.parse(readFileSync(place('second', 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({ r: 3, lora_alpha: 5 });
    const card = readFileSync(place('second', 'README.md'), 'utf8');
    expect(card).toContain('gone on from first (LoRA, rank 3, alpha 5)');
    expect(card).toContain('| Data | five photos; the same |');
    expect(card).toContain('license: cc0-1.0');
    const contradicted = await train('--from', 'first', '--rank', '4', '--steps', '2', '--out', 'third');
    const nothing = await train('--from', 'photos', '--out', 'third');
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining('photos: there is no adapter_config.json here')]);
    expect([contradicted.code, contradicted.err]).toEqual([2, expect.stringContaining('rank 4 was asked for, it has 3')]);
  });

  it('teaches the tower too where it is asked, captions otherwise then, and the merged copy does the same', async () => {
    const args = ['--method', 'full', '--steps', '6', '--lr', '1e-3', '--scored', '0', '--valid', '0'];
    const without = await train(...args, '--out', 'decoder');
    const { code, err } = await train(...args, '--tower', '--out', 'tower');
    const countOf = (text: string): number => Number(/full: ([\d,]+) numbers learn/.exec(text)?.[1]?.replaceAll(',', ''));
    expect(code).toBe(0);
    expect(countOf(err)).toBeGreaterThan(countOf(without.err));
    expect((await studio.run('merge', '--adapter', 'tower', '--out', 'merged')).code).toBe(0);
    const caption = async (...flags: readonly string[]): Promise<unknown> =>
      captionsOf((await studio.run('caption', samples, ...flags)).out);
    const [base, adapted, merged] = [await caption(), await caption('--adapter', 'tower'), await caption('--model', 'merged')];
    expect(adapted).not.toEqual(base);
    expect(merged).toEqual(adapted);
    const onward = await train('--from', 'tower', '--steps', '1', '--scored', '0', '--out', 'onward');
    expect([onward.code, countOf(onward.err)]).toEqual([0, countOf(err)]);
  });

  it.each([
    ['the tower of a method that leaves it alone', ['--method', 'lora', '--tower'], /--tower goes with full, not with lora/],
    ['a batch beyond all sense', ['--batch', '1000000000000'], /batch must be a whole number from 1 to/],
    ['looks beyond all sense', ['--looks', '1e9'], /looks in an epoch must be above 0 and at most/],
    ['patience beyond all sense', ['--patience', '1000000000000'], /patience must be a whole number from 1 to/],
    ['a seed that is no whole number', ['--seed', '0.5'], /seed must be a whole number from 0 to/],
    ['a clip beyond all sense', ['--clip', '1e30'], /the clip must be above 0 and at most/],
    ['a rank that no layer has', ['--rank', '10000'], /rank must be a whole number from 1 to 256, got 10000/],
    ['an option of another method', ['--method', 'prompt', '--rank', '4'], /--rank goes with lora and dora, not with prompt/],
    ['modules that there are not', ['--method', 'lora', '--targets', 'nothing'], /--targets knows q_proj/],
    ['epochs and steps at once', ['--epochs', '1', '--steps', '3'], /either --epochs or --steps/],
    ['a share of everything', ['--valid', '1'], /share from 0 to below 1/],
    ['a rate of nothing', ['--lr', '0'], /learning rate must be above 0/],
    ['going on with nothing', ['--resume'], /no run to go on with/],
  ])('refuses %s before anything is learned', async (_, args, message) => {
    const { code, err } = await train(...args, '--out', 'refused');
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(place('refused'))).toBe(false);
  });

  it('takes validation captions from a file, tells which names no picture has, and refuses a file that fits none', async () => {
    const byFile = (names: readonly string[]): string => JSON.stringify(Object.fromEntries(names.map((name) => [name, [sentence]])));
    writeFileSync(place('valid.json'), byFile(['skimage_coffee.jpg', 'gone.jpg']));
    const learned = ['skimage_coffee.jpg', 'skimage_rocket.jpg', 'skimage_chelsea.jpg', 'a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'];
    writeFileSync(place('all.json'), byFile(learned));
    const files = ['--images', 'photos', '--cache', 'cache', '--steps', '1', '--scored', '0', '--captions', 'all.json'];
    const { code, err } = await studio.run('train', ...files, '--valid', 'valid.json', '--out', 'by-file');
    expect(code).toBe(0);
    expect(err).toContain('learn from 2 pictures in 1 step, 1 is kept for validation; 2 pictures without captions');
    expect(err).toContain('valid.json: names 1 picture that is not among --images (gone.jpg); what it says of them is left out');
    expect(err).toContain('all.json: names 4 pictures that are not among --images (a.jpg, b.jpg, c.jpg, …)');
    writeFileSync(place('strange.json'), byFile(['gone.jpg']));
    const none = await studio.run('train', ...files, '--valid', 'strange.json', '--out', 'by-none');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('strange.json: no picture in photos has the name')]);
  });

  it('reads captions beside the pictures of a tar: text files of either ending, and json', async () => {
    const file = (path: string, bytes: Uint8Array): OutputFile => ({ path, kind: 'bytes', read: () => Promise.resolve(bytes) });
    const [coffee, rocket, cat] = ['coffee', 'rocket', 'chelsea'].map((name) => readFileSync(join(samples, `skimage_${name}.jpg`)));
    const text = (words: string): Uint8Array => new TextEncoder().encode(words);
    const members = [
      file('000/a.jpg', coffee ?? text('')),
      file('000/a.txt', text('a cup\nhot coffee\n')),
      file('000/b.jpg', rocket ?? text('')),
      file('000/b.jpg.caption', text('a rocket')),
      file('001/a.jpg', cat ?? text('')),
      file('001/a.json', text('{"caption": "a cat"}')),
      file('001/other.txt', text('of no picture')),
    ];
    const pieces: Uint8Array[] = [];
    for await (const piece of writeTar(members)) pieces.push(piece);
    writeFileSync(place('shard.tar'), Buffer.concat(pieces));
    const args = ['--images', 'shard.tar', '--cache', 'cache', '--valid', '0', '--steps', '1', '--per-picture', '5'];
    const { code, err } = await studio.run('train', ...args, '--out', 'from-tar', '--log', 'from-tar.jsonl');
    expect([code, err]).toEqual([0, expect.stringContaining('learn from 3 pictures in 1 step')]);
    expect(err).not.toContain('without captions');
  });

  it('says when no picture has a caption', async () => {
    mkdirSync(place('mute'));
    cpSync(join(samples, 'skimage_coffee.jpg'), place('mute/a.jpg'));
    const { code, err } = await studio.run('train', '--images', 'mute', '--out', 'none');
    expect([code, /no picture here has a caption beside it/.test(err)]).toEqual([2, true]);
  });
});
