/** @file What lies already where a command is to write: what it wrote itself is written anew, all else stays unless `--force` is said. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { findDamage } from '../../src/engine/bundle/verify.ts';
import { embedded, root, rowsOf, samples, useStudio, type Ran } from './run-studio.ts';

const studio = useStudio('written-over');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const textOf = (...parts: readonly string[]): string => readFileSync(place(...parts), 'utf8');
const style = join(root, 'public/adapters/alt-text');
const photo = join(samples, 'skimage_coffee.jpg');

const captions = '{"file":"a.jpg","caption":"a dog"}\n';
const written = '{"file":"a.jpg","caption":"a dog","tokens":3,"ms":{"vision":1,"prefill":1,"decode":1}}\n';

beforeAll(() => {
  writeFileSync(place('export.jsonl'), '{"file":"a.jpg","caption":"a dog","width":640,"height":480}\n');
  writeFileSync(place('h.jsonl'), captions);
  writeFileSync(place('written.jsonl'), written);
  writeFileSync(place('r.json'), '{"a.jpg":["a dog on a sofa"]}');
});

describe('evaluate', () => {
  const evaluate = (...args: readonly string[]): Promise<Ran> =>
    studio.run('evaluate', '--hypotheses', 'h.jsonl', '--references', 'r.json', '--metrics', 'BLEU,CIDEr', '--draws', '0', ...args);

  it('writes its own files anew', async () => {
    for (const options of [
      ['--metrics', 'BLEU'],
      ['--metrics', 'ROUGE_L'],
    ]) {
      const ran = await evaluate('--per-image', 'pictures.jsonl', '--save-df', 'df.json', ...options);
      expect(ran.code, ran.err).toBe(0);
    }
    expect(Object.keys(rowsOf(textOf('pictures.jsonl'))[0] ?? {})).toEqual(['file', 'caption', 'ROUGE_L']);
    expect(textOf('df.json')).toContain('caption-studio-df-1');
  });

  it.each([
    ['--per-image', 'h.jsonl'],
    ['--per-image', 'r.json'],
    ['--per-image', 'written.jsonl'],
    ['--per-image', 'export.jsonl'],
    ['--save-df', 'r.json'],
  ])('leaves another file as it is: %s %s', async (option, file) => {
    const before = textOf(file);
    const { code, err } = await evaluate(option, file);
    expect([code, err]).toEqual([2, expect.stringMatching(new RegExp(`^${file}: a file lies here already .*--force`, 'u'))]);
    expect(textOf(file)).toBe(before);
  });

  it('writes over it by --force, and into an empty one without', async () => {
    copyFileSync(place('h.jsonl'), place('notes.jsonl'));
    writeFileSync(place('empty.jsonl'), '');
    expect((await evaluate('--per-image', 'notes.jsonl', '--force')).code).toBe(0);
    expect((await evaluate('--per-image', 'empty.jsonl')).code).toBe(0);
    for (const file of ['notes.jsonl', 'empty.jsonl']) expect(rowsOf(textOf(file))[0]).toHaveProperty('Bleu_1');
  });
});

describe('trace', () => {
  const trace = (...args: readonly string[]): Promise<Ran> =>
    studio.run('trace', embedded, '--image', photo, '--prompt', 'hi', '--max-new-tokens', '1', '--out', ...args);

  it('writes a trace anew, and over other weights by --force only', async () => {
    for (let round = 0; round < 2; round++) expect((await trace('trace.safetensors')).code).toBe(0);
    copyFileSync(join(style, 'adapter_model.safetensors'), place('mine.safetensors'));
    const before = readFileSync(place('mine.safetensors'));
    const { code, err } = await trace('mine.safetensors');
    expect([code, err]).toEqual([2, expect.stringContaining('mine.safetensors: a file lies here already that is not a trace; ')]);
    expect(readFileSync(place('mine.safetensors')).equals(before)).toBe(true);
    expect((await trace('mine.safetensors', '--force')).code).toBe(0);
    expect(readFileSync(place('mine.safetensors')).equals(before)).toBe(false);
  });
});

describe('merge', () => {
  const merge = (out: string, ...args: readonly string[]): Promise<Ran> => studio.run('merge', '--adapter', style, '--out', out, ...args);

  it('writes into a folder in which nothing is in the way', async () => {
    mkdirSync(place('mine'));
    writeFileSync(place('mine/notes.txt'), 'mine');
    expect((await merge('mine', '--changed', 'same')).code).toBe(0);
    expect([textOf('mine/notes.txt'), existsSync(place('mine/manifest.json'))]).toEqual(['mine', true]);
  });

  it('writes over a model by --force only, and leaves nothing of it', async () => {
    const manifest = textOf('mine/manifest.json');
    const refused = await merge('mine');
    expect([refused.code, refused.err]).toEqual([
      2,
      'mine: a model lies here already; choose another --out, or say --force to write over it\n',
    ]);
    expect(textOf('mine/manifest.json')).toBe(manifest);
    const older = JSON.parse(manifest) as { readonly shards: readonly object[] };
    const extra = { path: 'weights-007.bin', sizeBytes: 3, sha256: '0'.repeat(64) };
    writeFileSync(place('mine/weights-007.bin'), 'old');
    writeFileSync(place('mine/manifest.json'), JSON.stringify({ ...older, shards: [...older.shards, extra] }));
    expect((await merge('mine', '--force')).code).toBe(0);
    const bundle = await openBundle(folderFiles(place('mine')));
    expect(bundle.manifest.precision).toContain('changed weights fp32');
    expect(await findDamage(bundle)).toEqual([]);
    expect(readdirSync(place('mine')).filter((name) => name.startsWith('weights'))).toEqual(['weights-000.bin']);
    expect(textOf('mine/notes.txt')).toBe('mine');
  });

  it.each(['.', 'pictures'])('takes no folder and nothing new away, whatever the older manifest names: %s', async (path) => {
    const older = JSON.parse(textOf('mine/manifest.json')) as { readonly files: readonly object[] };
    const files = [...older.files, { path, sizeBytes: 3, sha256: '0'.repeat(64) }];
    writeFileSync(place('mine/manifest.json'), JSON.stringify({ ...older, files }));
    mkdirSync(place('mine/pictures'), { recursive: true });
    writeFileSync(place('mine/pictures/a.txt'), 'mine');
    expect((await merge('mine', '--force')).code).toBe(0);
    expect(await findDamage(await openBundle(folderFiles(place('mine'))))).toEqual([]);
    expect([textOf('mine/pictures/a.txt'), textOf('mine/notes.txt')]).toEqual(['mine', 'mine']);
  });

  it('takes no model away for what cannot be merged', async () => {
    const prompt = join(root, 'test/fixtures/reference/llava15-vicuna/adapters/prompt');
    const model = join(root, 'test/fixtures/reference/llava15-vicuna/checkpoint');
    const { code, err } = await studio.run('merge', '--model', model, '--adapter', prompt, '--out', 'mine', '--force');
    expect([code, err]).toEqual([2, expect.stringContaining('is no change of weights')]);
    expect(await findDamage(await openBundle(folderFiles(place('mine'))))).toEqual([]);
  });

  it.each([
    ['other', 'tokenizer.json', 'tokenizer.json lies here already, and the copy has a file of that name'],
    ['half', 'weights-000.bin.part', 'weights-000.bin.part lies here already'],
  ])('leaves the files of something else as they are: %s', async (folder, file, words) => {
    mkdirSync(place(folder));
    writeFileSync(place(folder, file), 'mine');
    const { code, err } = await merge(folder);
    expect([code, err]).toEqual([2, expect.stringContaining(`${folder}: ${words}`)]);
    expect(err).toContain('--force');
    expect([readdirSync(place(folder)), textOf(folder, file)]).toEqual([[file], 'mine']);
  });

  it('never writes over the model that it reads, nor over a file', async () => {
    writeFileSync(place('file'), 'text');
    const own = await studio.run('merge', '--model', 'mine', '--adapter', style, '--out', './mine/', '--force');
    expect([own.code, own.err]).toEqual([2, expect.stringContaining('the model itself lies here')]);
    const file = await merge('file', '--force');
    expect([file.code, file.err]).toEqual([2, expect.stringContaining('a file lies here, where a folder is to be')]);
    expect(await findDamage(await openBundle(folderFiles(place('mine'))))).toEqual([]);
  });
});
