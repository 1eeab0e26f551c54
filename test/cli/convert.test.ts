/** @file `convert`, `inspect`, `trace` and `bundle verify` on a tiny checkpoint, whole and damaged. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTensorFile } from '../helpers/tensor-file.ts';
import { embedded, samples, useStudio } from './run-studio.ts';
import { writeTinyCheckpoint } from './tiny-checkpoint.ts';

const studio = useStudio('convert');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const coffee = join(samples, 'skimage_coffee.jpg');

beforeAll(() => {
  writeTinyCheckpoint(place('tiny'));
});

describe('convert', () => {
  it('writes a whole bundle in every precision, smaller with each step', async () => {
    const sizes: number[] = [];
    for (const precision of ['fp32', 'fp16', 'q8', 'q4']) {
      const { code, out, err } = await studio.run('convert', 'tiny', precision, '--quantize', precision);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(new RegExp(`^${precision}: llava-mini, ${precision}.*MB\n$`, 'u'));
      expect((await studio.run('bundle', 'verify', precision)).out).toBe(`${precision}: whole\n`);
      expect(readdirSync(place(precision)).filter((name) => name.endsWith('.part'))).toEqual([]);
      sizes.push(readFileSync(place(precision, 'weights-000.bin')).byteLength);
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes).size).toBe(4);
    const manifest = JSON.parse(readFileSync(place('q8/manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ formatVersion: 1, family: 'llava-mini', name: 'tiny', licence: 'cc0-1.0' });
  });

  it.each([
    [['nowhere', 'out'], 1, /^nowhere: there is no such folder\n$/u],
    [['empty', 'out'], 1, /^empty: there is no config\.json/u],
    [['strange', 'out'], 1, /unheard|model_type/u],
    [['tiny', 'file/out'], 1, /a file stands where a folder should be\n$/u],
    [['tiny', 'out', '--quantize', 'q3'], 2, /Allowed choices/u],
    [['tiny'], 2, /missing required argument/u],
  ])('refuses %j in a sentence', async (args, code, message) => {
    mkdirSync(place('empty'), { recursive: true });
    mkdirSync(place('strange'), { recursive: true });
    writeFileSync(place('strange/config.json'), '{"model_type":"unheard"}');
    writeFileSync(place('file'), '');
    const ran = await studio.run('convert', ...args);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toMatch(/^\s+at /mu);
    expect(ran.code).toBe(code);
  });
});

describe('a checkpoint with a chat template that never ends', () => {
  it.each(['caption', 'inspect'])('is refused by name by %s', async (verb) => {
    cpSync(place('tiny'), place('endless'), { recursive: true });
    writeFileSync(place('endless/chat_template.jinja'), '{% for i in range(1000000000) %}x{% endfor %}');
    const args = verb === 'caption' ? [coffee, '--model', 'endless'] : ['endless'];
    const { code, out, err } = await studio.run(verb, ...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^chat_template\.jinja: .*more time or memory.*; remove it to caption with the family's own\n$/u);
  });
});

describe('inspect', () => {
  it('tells of a checkpoint and of its bundle the same shapes', async () => {
    const inspect = async (folder: string): Promise<Record<string, unknown>> =>
      JSON.parse((await studio.run('inspect', folder)).out) as Record<string, unknown>;
    const [checkpoint, bundle] = [await inspect('tiny'), await inspect('q4')];
    expect(checkpoint).toMatchObject({ kind: 'checkpoint', family: 'llava-mini', decoder: { layers: 2, vocabularySize: 96 } });
    expect(bundle).toMatchObject({ kind: 'bundle', family: 'llava-mini', decoder: checkpoint['decoder'], vision: checkpoint['vision'] });
    const shapes = (facts: Record<string, unknown>): unknown =>
      Object.fromEntries((facts['tensors'] as { name: string; shape: number[] }[]).map(({ name, shape }) => [name, shape]));
    expect(shapes(bundle)).toEqual(shapes(checkpoint));
    expect(bundle['template']).toEqual(checkpoint['template']);
  });
});

describe('trace', () => {
  const trace = (model: string, out: string, ...args: string[]): ReturnType<typeof studio.run> =>
    studio.run('trace', model, '--prompt', 'hi', '--max-new-tokens', '4', '--out', out, ...args);

  it('writes down what a checkpoint and its fp32 bundle computed: the same', async () => {
    expect(await trace('tiny', 'a.safetensors', '--image', coffee)).toEqual({ code: 0, out: '', err: '' });
    expect(await trace('fp32', 'b.safetensors', '--pixels', 'a.safetensors')).toEqual({ code: 0, out: '', err: '' });
    const [a, b] = [await readTensorFile(place('a.safetensors')), await readTensorFile(place('b.safetensors'))];
    for (const name of ['pixel_values', 'image_features', 'logits']) expect(a.floats(name)).toEqual(b.floats(name));
    expect(a.floats('image_features')).toHaveLength(4 * 64);
    expect(a.rows('input_ids')[0]?.filter((id) => id === 4)).toHaveLength(4);
    expect(a.floats('logits')).toHaveLength((a.rows('input_ids')[0]?.length ?? 0) * 96);
    expect(a.rows('greedy_ids')[0]?.length).toBeLessThanOrEqual(4);
  });

  it('takes the prompt as the whole text with --raw', async () => {
    const args = ['tiny', '--raw', '--image', coffee, '--max-new-tokens', '1', '--out', 'raw.safetensors', '--prompt'];
    expect((await studio.run('trace', ...args, 'see <image>')).code).toBe(0);
    const { code, err } = await studio.run('trace', ...args, 'see nothing');
    expect([code, err]).toEqual([2, expect.stringMatching(/needs <image> once/u)]);
  });

  it('says what is wrong with its input', async () => {
    writeFileSync(place('text.safetensors'), 'no tensors');
    for (const [args, code, message] of [
      [[], 2, /either --image or --pixels/u],
      [['--image', coffee, '--pixels', 'a.safetensors'], 2, /either --image or --pixels/u],
      [['--image', 'nowhere.jpg'], 1, /^nowhere\.jpg: there is no such file/u],
      [['--pixels', 'text.safetensors'], 1, /text\.safetensors/u],
      [['--pixels', 'tiny/model.safetensors'], 1, /has no tensor pixel_values/u],
      [['--image', coffee, '--max-new-tokens', 'many'], 2, /max-new-tokens/u],
    ] as const) {
      const ran = await trace('fp32', 'c.safetensors', ...args);
      expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message)]);
      expect(ran.err).not.toMatch(/^\s+at /mu);
    }
  });
});

describe('a damaged bundle', () => {
  type Manifest = Record<'shards' | 'files' | 'tensors', Record<string, unknown>[]> & Record<string, unknown>;
  const changed = (change: (manifest: Manifest) => void) => (): void => {
    const manifest = JSON.parse(readFileSync(place('bad/manifest.json'), 'utf8')) as Manifest;
    change(manifest);
    writeFileSync(place('bad/manifest.json'), JSON.stringify(manifest));
  };
  const set = (list: 'shards' | 'tensors', field: string, value: unknown): (() => void) =>
    changed((manifest) => {
      const first = manifest[list][0];
      if (first) first[field] = value;
    });
  const flip = (name: string): void => {
    const bytes = readFileSync(place('bad', name));
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    writeFileSync(place('bad', name), bytes);
  };

  it.each<[string, () => void, RegExp]>([
    ['a shard is gone', () => { rmSync(place('bad/weights-000.bin')); }, /weights-000\.bin is not there/u],
    ['a shard is cut', () => { truncateSync(place('bad/weights-000.bin'), 1000); }, /weights-000\.bin: has 1000 bytes/u],
    ['a bit of a shard is turned', () => { flip('weights-000.bin'); }, /weights-000\.bin: its bytes are not those/u],
    ['a bit of the tokenizer is turned', () => { flip('tokenizer.json'); }, /tokenizer\.json: its bytes are not those/u],
    ['the tokenizer is gone', () => { rmSync(place('bad/tokenizer.json')); }, /tokenizer\.json: is not there/u],
    ['the manifest is no JSON', () => { writeFileSync(place('bad/manifest.json'), '{"a":'); }, /manifest\.json/u],
    ['the manifest is a list', () => { writeFileSync(place('bad/manifest.json'), '[]'); }, /manifest\.json/u],
    ['the format is newer', changed((manifest) => { manifest['formatVersion'] = 99; }), /format version 99/u],
    ['a shard leads out of the folder', set('shards', 'path', '../../etc/passwd'), /shards are not well formed/u],
    ['a tensor lies outside of its shard', set('tensors', 'offset', 2 ** 40), /does not lie inside/u],
    ['a tensor lies about its shape', set('tensors', 'shape', [2 ** 20, 2 ** 19]), /not what its shape needs/u],
    ['a tensor stands twice', changed((manifest) => { manifest.tensors.push({ ...manifest.tensors[0] }); }), /stands twice/u],
    ['a tensor is missing', changed((manifest) => { manifest.tensors.shift(); }), /has no tensor/u],
  ])('is refused by name when %s', async (_, damage, message) => {
    rmSync(place('bad'), { recursive: true, force: true });
    cpSync(place('q8'), place('bad'), { recursive: true });
    damage();
    const { code, out, err } = await studio.run('caption', coffee, '--model', 'bad');
    expect([code, out, err]).toEqual([1, '', expect.stringMatching(message)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  }); // prettier-ignore

  it('is told file by file by bundle verify', async () => {
    rmSync(place('bad'), { recursive: true, force: true });
    cpSync(place('q8'), place('bad'), { recursive: true });
    flip('weights-000.bin');
    flip('tokenizer.json');
    const { code, out, err } = await studio.run('bundle', 'verify', 'bad');
    expect([code, out]).toEqual([1, '']);
    expect(err.trim().split('\n')).toEqual([expect.stringMatching(/weights-000\.bin/u), expect.stringMatching(/tokenizer\.json/u)]);
    expect((await studio.run('bundle', 'verify', embedded)).code).toBe(0);
    expect((await studio.run('bundle', 'verify', 'tiny')).code).toBe(1);
  });
});
