/** @file Adapters written and read again, for PEFT and in our own form. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { emptyCard, type LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { peftLayouts } from '../../../src/core/peft/layout.ts';
import { float32, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import type { MatchedAdapter } from '../../../src/engine/adapter/match-report.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { writeAdapter, type WrittenFiles } from '../../../src/engine/adapter/write-adapter.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { openReference, references } from '../../parity/reference.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/reference');
const reference = references().find(({ name }) => name === 'llava15-vicuna') ?? expect.fail('no reference');
let model: OpenModel;
beforeAll(async () => {
  model = await openReference(reference, 'fp32');
});
afterAll(() => model.close());

function inMemory(files: WrittenFiles): FileSet {
  return {
    name: 'written',
    list: () => Promise.resolve([...files.keys()]),
    open: (path) => {
      const bytes = files.get(path);
      return Promise.resolve(bytes ? memorySource(`written/${path}`, bytes) : null);
    },
  };
}

async function reread(files: WrittenFiles): Promise<MatchedAdapter> {
  return matchAdapter(await readAdapterFolder(inMemory(files)), model);
}

function textOf(files: WrittenFiles, path: string): string {
  return new TextDecoder().decode(files.get(path) ?? expect.fail(path));
}

function plain(tensors: ReadonlyMap<string, Tensor>): Record<string, unknown> {
  return Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, { shape, data: Array.from(data, Number) }]));
}

const foreign = [
  ...readdirSync(join(fixtures, 'llava15-vicuna/adapters')).map((kind) => `llava15-vicuna/adapters/${kind}`),
  ...['modules-to-save', 'rank-alpha-pattern', 'suffix-list', 'names-4.51', 'names-text-model'].map((name) => `adapters-edge/${name}`),
];

describe.each(foreign)('%s', (folder) => {
  it.each(peftLayouts)('comes back from the names of %s with every number, rank and scale', async (layout) => {
    const { adapter } = matchAdapter(await readAdapterFolder(folderFiles(join(fixtures, folder))), model);
    const again = await reread(writeAdapter(adapter, { layout, sizes: model.model.decoder }));
    expect([again.unmatched, again.missing]).toEqual([[], []]);
    expect(plain(again.adapter.tensors)).toEqual(plain(adapter.tensors));
    expect(plain(again.adapter.replaced)).toEqual(plain(adapter.replaced));
    expect(again.adapter.spec).toEqual(adapter.spec);
    expect(again.adapter.name).toBe(adapter.name);
  });

  it('has the keys and bytes of the file that it was read from, in the layout of that file', async () => {
    const source = folderFiles(join(fixtures, folder));
    const { tensors } = await readAdapterFolder(source);
    const { adapter, unmatched } = matchAdapter(await readAdapterFolder(source), model);
    const layout = folder.endsWith('4.51') ? 'hf4' : folder.endsWith('text-model') ? 'llava' : 'hf5';
    const files = writeAdapter(adapter, { layout, sizes: model.model.decoder });
    const written = await readAdapterFolder(inMemory(files));
    const kept = new Map([...tensors].filter(([key]) => !unmatched.includes(key)));
    expect(plain(written.tensors)).toEqual(plain(kept));
  });
});

it('names the modules of the decoder by one pattern, so that the tower is not reached', async () => {
  const { adapter } = matchAdapter(await readAdapterFolder(folderFiles(join(fixtures, 'llava15-vicuna/adapters/rslora-qv'))), model);
  const files = writeAdapter(adapter, { layout: 'hf5', sizes: model.model.decoder });
  const config = JSON.parse(textOf(files, 'adapter_config.json')) as Record<string, unknown>;
  expect(config).toMatchObject({
    peft_type: 'LORA',
    r: 8,
    lora_alpha: 16,
    use_rslora: true,
    target_modules: 'model\\.language_model\\.layers\\.(0|1)\\.(self_attn\\.q_proj|self_attn\\.v_proj)',
  });
  expect(config['use_dora']).toBeUndefined();
});

const ownPrompt: LearnedAdapter = {
  name: 'mine',
  spec: { kind: 'prompt', tokens: 2 },
  tensors: new Map([
    [
      'prompt_embeddings',
      float32(
        [2, 64],
        Array.from({ length: 128 }, (_, i) => i / 3),
      ),
    ],
  ]),
  replaced: new Map(),
  placement: 'prompt',
  start: float32([2, 64], new Float32Array(128).fill(0.25)),
  base: { name: 'owner/base', revision: 'abc', digest: '00' },
  card: { ...emptyCard, data: 'Two | bars', licence: 'cc0-1.0', scores: [{ metric: 'CIDEr-D', value: 0.5, on: 'dev' }] },
};

it('keeps soft tokens in the sentence to our own form and says why', async () => {
  const files = writeAdapter(ownPrompt, { layout: 'hf5', sizes: model.model.decoder });
  expect([...files.keys()].sort()).toEqual(['README.md', 'caption-studio.json', 'caption-studio.safetensors']);
  expect(textOf(files, 'README.md')).toContain('PEFT does not read it: PEFT places soft tokens before everything');
  expect(textOf(files, 'README.md')).toContain('Two \\| bars');
  const { adapter } = await reread(files);
  expect(adapter).toEqual(ownPrompt);
});

it('keeps whole weights, a start and a card', async () => {
  const weights: LearnedAdapter = {
    ...ownPrompt,
    spec: { kind: 'weights' },
    tensors: new Map(),
    replaced: new Map([['model.language_model.norm.weight', float32([64], new Float32Array(64).fill(2))]]),
    placement: 'start',
    start: null,
  };
  const { adapter } = await reread(writeAdapter(weights, { layout: 'hf5', sizes: model.model.decoder }));
  expect(adapter).toEqual(weights);
  const started: LearnedAdapter = { ...ownPrompt, placement: 'start' };
  const files = writeAdapter(started, { layout: 'hf5', sizes: model.model.decoder });
  expect(files.has('adapter_config.json')).toBe(true);
  expect((await reread(files)).adapter).toEqual(started);
});

it('says what a pickle is and how to turn it into a file that is read', async () => {
  const config = readFileSync(join(fixtures, 'adapters-edge/small/adapter_config.json'));
  const files = new Map([
    ['adapter_config.json', Uint8Array.from(config)],
    ['adapter_model.bin', Uint8Array.of(1)],
  ]);
  await expect(reread(files)).rejects.toThrow(/adapter_model.bin: is a pickle.*safetensors/);
});

it('finds an adapter in a folder of its own, and refuses to choose among several', async () => {
  const small = join(fixtures, 'adapters-edge/small');
  const file = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(small, name)));
  const one = new Map(['adapter_config.json', 'adapter_model.safetensors'].map((name) => [`style/${name}`, file(name)]));
  expect((await reread(one)).matched).toHaveLength(8);
  one.set('other/adapter_config.json', file('adapter_config.json'));
  await expect(reread(one)).rejects.toThrow('holds several adapters');
});

it('takes the projector that the original code saves beside a LoRA', async () => {
  const { tensors } = await readAdapterFolder(folderFiles(join(fixtures, 'adapters-edge/modules-to-save')));
  const small = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(fixtures, 'adapters-edge/small', name)));
  const part = (key: string): Tensor => tensors.get(`base_model.model.model.multi_modal_projector.${key}`) ?? expect.fail(key);
  const side = new Map([
    ['base_model.model.model.mm_projector.0.weight', part('linear_1.weight')],
    ['base_model.model.model.mm_projector.2.bias', part('linear_2.bias')],
  ]);
  const { adapter, unmatched } = await reread(
    new Map([
      ['adapter_config.json', small('adapter_config.json')],
      ['adapter_model.safetensors', small('adapter_model.safetensors')],
      ['non_lora_trainables.safetensors', writeSafetensors(side)],
    ]),
  );
  expect(unmatched).toEqual([]);
  expect([...adapter.replaced.keys()].sort()).toEqual([
    'model.multi_modal_projector.linear_1.weight',
    'model.multi_modal_projector.linear_2.bias',
  ]);
});
