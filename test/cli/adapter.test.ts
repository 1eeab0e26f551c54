/** @file The verbs for adapters on the command line. */

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../helpers/to-be-close.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';
import { samples, useStudio } from './run-studio.ts';

const studio = useStudio('adapter');
const fixtures = join(import.meta.dirname, '../fixtures/reference');
const vicuna = join(fixtures, 'llava15-vicuna');
const model = join(vicuna, 'checkpoint');
const adapters = join(vicuna, 'adapters');
const edge = join(fixtures, 'adapters-edge');
const photo = join(vicuna, 'photo-a.png');
const inStudio = (name: string): string => join(studio.folder, name);

interface Inspected {
  readonly kind: string;
  readonly facts: string;
  readonly keys: readonly { readonly key: string; readonly shape: readonly number[] }[];
  readonly model?: { readonly fits: boolean; readonly matched: number; readonly unmatched: readonly string[]; readonly reason: string };
}

async function inspect(...args: readonly string[]): Promise<Inspected> {
  const { code, out, err } = await studio.run('adapter', 'inspect', ...args);
  expect(code, err).toBe(0);
  return JSON.parse(out) as Inspected;
}

describe('adapter inspect', () => {
  it('tells kind, sizes and keys, and what became of them on a model', async () => {
    const told = await inspect(join(adapters, 'dora'), '--model', model);
    expect(told.kind).toBe('dora');
    expect(told.facts).toContain('DoRA, rank 4, all parts of 2 layers, alpha 8');
    expect(told.keys).toHaveLength(42);
    expect(told.model).toMatchObject({ fits: true, matched: 42, unmatched: [] });
  });

  it('says that an adapter fits another model, and why', async () => {
    const told = await inspect(join(edge, 'wrong-model'), '--model', model);
    expect(told.model?.fits).toBe(false);
    expect(told.model?.reason).toMatch(/q_proj.lora_A.weight is \[2, 48\].*needs \[2, 64\]/);
  });

  it('says in a sentence that there is no adapter', async () => {
    const { code, err } = await studio.run('adapter', 'inspect', samples);
    expect([code, err]).toEqual([1, `${samples}: there is no adapter_config.json here, so this is no adapter\n`]);
  });
});

async function tracedLogits(name: string, ...args: readonly string[]): Promise<Float32Array> {
  const out = inStudio(`${name}.safetensors`);
  const { code, err } = await studio.run('trace', ...args, '--image', photo, '--prompt', 'what', '--max-new-tokens', '2', '--out', out);
  expect(code, err).toBe(0);
  return (await readTensorFile(out)).floats('logits');
}

describe('adapter export, trace and merge', () => {
  const lora = join(adapters, 'lora');
  let base: Float32Array;
  let worn: Float32Array;
  beforeAll(async () => {
    base = await tracedLogits('base', model);
    worn = await tracedLogits('worn', model, '--adapter', lora);
  });

  it.each(['hf4', 'hf5', 'llava'])('writes the names of %s, which give the same logits', async (layout) => {
    const out = inStudio(`${layout}.zip`);
    const { code, err } = await studio.run('adapter', 'convert', lora, '--layout', layout, '--out', out);
    expect(code, err).toBe(0);
    expect(await tracedLogits(layout, model, '--adapter', out)).toEqual(worn);
    expect(Array.from(worn)).not.toEqual(Array.from(base));
  });

  it('writes over no style unless it is told to, and leaves nothing of the older one', async () => {
    const out = inStudio('mine');
    const zip = inStudio('mine.zip');
    for (const place of [out, zip]) {
      expect((await studio.run('adapter', 'export', lora, '--out', place)).code).toBe(0);
      const before = readFileSync(place === zip ? zip : join(out, 'adapter_model.safetensors'));
      for (const verb of [
        ['export', join(adapters, 'dora')],
        ['blend', '--adapter', lora, '--adapter', join(adapters, 'rslora-qv')],
      ]) {
        const { code, err } = await studio.run('adapter', ...verb, '--out', place);
        expect([code, err]).toEqual([2, expect.stringMatching(/lies here already; choose another --out, or say --force/u)]);
      }
      expect(readFileSync(place === zip ? zip : join(out, 'adapter_model.safetensors'))).toEqual(before);
    }
    writeFileSync(join(out, 'caption-studio.safetensors'), 'of an older style');
    writeFileSync(join(out, 'notes.txt'), 'mine');
    for (const place of [out, zip])
      expect((await studio.run('adapter', 'export', join(adapters, 'dora'), '--out', place, '--force')).code).toBe(0);
    expect((await inspect(out)).kind).toBe('dora');
    expect((await inspect(zip)).kind).toBe('dora');
    expect([existsSync(join(out, 'caption-studio.safetensors')), existsSync(join(out, 'notes.txt'))]).toEqual([false, true]);
  });

  it('names what it leaves out because no model has a place for it', async () => {
    const foreign = inStudio('foreign');
    cpSync(lora, foreign, { recursive: true });
    const file = join(foreign, 'adapter_model.safetensors');
    const renamed = readFileSync(file, 'latin1').replaceAll(
      'language_model.layers.0.self_attn.q_proj',
      'language_robot.layers.0.self_attn.q_proj',
    );
    writeFileSync(file, renamed, 'latin1');
    const { code, err } = await studio.run('adapter', 'export', foreign, '--out', inStudio('left-out'));
    expect(code).toBe(0);
    expect(err).toMatch(/foreign: not written, since no LLaVA has a place for it: \S*language_robot\S*lora_A.weight, \S*lora_B.weight/u);
  });

  it('wears an adapter less, not at all, and two of them', async () => {
    expect(Array.from(await tracedLogits('none', model, '--adapter', lora, '--scale', '0'))).toEqual(Array.from(base));
    const two = await tracedLogits(
      'two',
      model,
      '--adapter',
      lora,
      '--adapter',
      join(adapters, 'rslora-qv'),
      '--scale',
      '1',
      '--scale',
      '0',
    );
    expectClose(two, worn, { rtol: 1e-4, atol: 2e-4 });
  });

  it('blends LoRAs into one that gives the logits of both, and refuses what cannot be added up', async () => {
    const parts = ['--adapter', lora, '--scale', '0.7', '--adapter', join(adapters, 'rslora-qv'), '--scale', '1.5'];
    const out = inStudio('blend.zip');
    expect((await studio.run('adapter', 'blend', ...parts, '--out', out)).code).toBe(0);
    const wanted = await tracedLogits('both', model, ...parts);
    expectClose(await tracedLogits('blend', model, '--adapter', out), wanted, { rtol: 1e-4, atol: 2e-4 });
    const told = await studio.run('adapter', 'inspect', out);
    expect(JSON.parse(told.out)).toMatchObject({
      name: 'blend',
      kind: 'lora',
      card: { method: expect.stringMatching(/^weighted sum: 0\.7 × /) as unknown },
    });
    const refused = await studio.run('adapter', 'blend', '--adapter', lora, '--adapter', join(adapters, 'dora'), '--out', inStudio('no'));
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('a DoRA and is worn alone; only LoRAs can be added up')]);
    const alone = await studio.run('adapter', 'blend', '--adapter', lora, '--out', inStudio('no'));
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('needs two LoRAs or more')]);
    expect(existsSync(inStudio('no'))).toBe(false);
  });

  it.each(['lora', 'dora'])('merges a %s into a bundle that gives the logits of the unmerged', async (kind) => {
    const out = inStudio(`merged-${kind}`);
    const { code, err } = await studio.run('merge', '--model', model, '--adapter', join(adapters, kind), '--scale', '0.5', '--out', out);
    expect(code, err).toBe(0);
    expect(existsSync(join(out, 'manifest.json'))).toBe(true);
    const wanted = await tracedLogits(`half-${kind}`, model, '--adapter', join(adapters, kind), '--scale', '0.5');
    expectClose(await tracedLogits(`from-merged-${kind}`, out), wanted, { rtol: 1e-4, atol: 2e-4 });
  });

  it('refuses to merge what is no change of weights, and to add up what cannot be', async () => {
    const merged = await studio.run('merge', '--model', model, '--adapter', join(adapters, 'prompt'), '--out', inStudio('no'));
    expect([merged.code, merged.err]).toEqual([2, expect.stringContaining('a soft prompt is no change of weights')]);
    const both = await studio.run('caption', photo, '--model', model, '--adapter', lora, '--adapter', join(adapters, 'prefix'));
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('a prefix and is worn alone; only LoRAs can be added up')]);
    expect(existsSync(inStudio('no'))).toBe(false);
  });
});

it('captions with an adapter otherwise than without', async () => {
  const args = ['caption', photo, '--model', model, '--prompt', 'what', '--max-new-tokens', '8'];
  const [plain, worn] = [await studio.run(...args), await studio.run(...args, '--adapter', join(adapters, 'prompt'))];
  expect([plain.code, worn.code]).toEqual([0, 0]);
  expect(worn.out).not.toBe(plain.out);
  expect(JSON.parse(readFileSync(join(adapters, 'prompt/adapter_config.json'), 'utf8'))).toMatchObject({ num_virtual_tokens: 6 });
});
