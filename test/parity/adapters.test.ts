/** @file Adapters of every kind on every family against PEFT, and the odd folders of `adapters-edge`. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { StudioError } from '../../src/core/error.ts';
import { matchAdapter } from '../../src/engine/adapter/match-adapter.ts';
import type { MatchedAdapter } from '../../src/engine/adapter/match-report.ts';
import { makeRack, type AdapterRack } from '../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../src/engine/adapter/read-adapter.ts';
import { traceCaption, type Trace } from '../../src/engine/caption/trace.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { readTensorFile, type TensorFile } from '../helpers/tensor-file.ts';
import { openReference, referenceFolder, references, tolerance, worstMiss, type Reference } from './reference.ts';

const adapterTolerance = { rtol: 1e-4, atol: 2e-4 };
const withAdapters = references().filter(({ folder }) => existsSync(join(folder, 'adapters')));
const edge = join(referenceFolder, 'adapters-edge');

it('has references of adapters', () => {
  expect(withAdapters.length).toBeGreaterThanOrEqual(2);
});

async function openAdapter(folder: string, model: OpenModel): Promise<MatchedAdapter> {
  return matchAdapter(await readAdapterFolder(folderFiles(folder)), model);
}

function photoA(reference: Reference): { readonly prompt: string; readonly width: number; readonly height: number } {
  return reference.photos.find(([key]) => key === 'a')?.[1] ?? expect.fail('no photo a');
}

function trace(model: OpenModel, reference: Reference, golden: TensorFile, tokens: number): Promise<Trace> {
  const photo = photoA(reference);
  return traceCaption(model, { pixels: golden.floats('a.pixel_values'), size: photo }, rawPrompt(photo.prompt), tokens);
}

function logitsOf(found: Trace): Float32Array {
  return found.get('logits')?.data as Float32Array;
}

function idsOf(found: Trace): readonly number[] {
  return Array.from(found.get('greedy_ids')?.data as BigInt64Array, Number);
}

describe.each(withAdapters)('$name', (reference) => {
  let golden: TensorFile;
  beforeAll(async () => {
    golden = await reference.tensors();
  });

  describe('in fp32', () => {
    let model: OpenModel;
    let rack: AdapterRack;
    beforeAll(async () => {
      model = await openReference(reference, 'fp32');
      rack = makeRack(model);
    });
    afterAll(async () => {
      await rack.close();
      await model.close();
    });

    it.each(readdirSync(join(reference.folder, 'adapters')))('%s gives the logits and ids of PEFT', async (kind) => {
      const folder = join(reference.folder, 'adapters', kind);
      const wanted = await readTensorFile(join(folder, 'expected.safetensors'));
      const { adapter, unmatched, missing } = await openAdapter(folder, model);
      expect([unmatched, missing]).toEqual([[], []]);
      const found = await trace(await rack.wear([{ adapter, scale: 1 }]), reference, golden, 12);
      const last = wanted.floats('last_logits');
      expect(worstMiss(logitsOf(found).slice(-last.length), last, adapterTolerance)).toBeLessThanOrEqual(1);
      const ids = wanted.rows('greedy_ids').flat();
      const end = ids.findIndex((id) => model.stopIds.includes(id));
      expect(idsOf(found)).toEqual(end < 0 ? ids : ids.slice(0, end));
    });

    it('is the base again when nothing is worn', async () => {
      const found = await trace(await rack.wear([]), reference, golden, 0);
      expect(worstMiss(logitsOf(found), golden.floats('a.logits'), tolerance.logits)).toBeLessThanOrEqual(1);
    });
  });

  it.each(['q4', 'q8'] as const)('gives on a %s base what it gives on the same weights as floats', async (precision) => {
    const [blocks, floats] = [await openReference(reference, precision, 'stored'), await openReference(reference, precision, 'float32')];
    const [onBlocks, onFloats] = [makeRack(blocks), makeRack(floats)];
    for (const kind of readdirSync(join(reference.folder, 'adapters'))) {
      const { adapter } = await openAdapter(join(reference.folder, 'adapters', kind), blocks);
      const worn = [{ adapter, scale: 1 }];
      const got = await trace(await onBlocks.wear(worn), reference, golden, 8);
      const wanted = await trace(await onFloats.wear(worn), reference, golden, 8);
      expect(worstMiss(logitsOf(got), logitsOf(wanted), adapterTolerance), kind).toBeLessThanOrEqual(1);
      expect(idsOf(got), kind).toEqual(idsOf(wanted));
    }
    await onBlocks.close();
    await onFloats.close();
    await blocks.close();
    await floats.close();
  });
});

interface Expectations {
  readonly base: string;
  readonly must: Readonly<Record<string, string>>;
}

describe.runIf(existsSync(edge))('odd folders', () => {
  const expectations = JSON.parse(readFileSync(join(edge, 'expectations.json'), 'utf8')) as Expectations;
  const reference = references().find(({ name }) => name === expectations.base) ?? expect.fail('no base');
  let model: OpenModel;
  let rack: AdapterRack;
  let expected: TensorFile;
  let golden: TensorFile;
  beforeAll(async () => {
    model = await openReference(reference, 'fp32');
    rack = makeRack(model);
    expected = await readTensorFile(join(edge, 'expected.safetensors'));
    golden = await reference.tensors();
  });
  afterAll(async () => {
    await rack.close();
    await model.close();
  });

  const loads: Readonly<Record<string, string>> = {
    'names-4.51': 'names',
    'names-4.52': 'names',
    'names-text-model': 'names',
    small: 'small',
    'suffix-list': 'suffix-list',
    'modules-to-save': 'modules-to-save',
    'rank-alpha-pattern': 'rank-alpha-pattern',
  };
  it.each(Object.entries(loads))('%s loads and gives the logits of the reference', async (folder, name) => {
    const { adapter, unmatched, missing } = await openAdapter(join(edge, folder), model);
    const found = await trace(await rack.wear([{ adapter, scale: 1 }]), reference, golden, 0);
    expect(worstMiss(logitsOf(found), expected.floats(`${name}.logits`), adapterTolerance)).toBeLessThanOrEqual(1);
    expect(missing).toEqual([]);
    // The tower's last layer is never run, so that the base has no place for it.
    expect(unmatched.filter((key) => !key.includes('vision_tower.encoder.layers.2.'))).toEqual([]);
  });

  const q = 'self_attn.q_proj.lora_A.weight';
  const refusals: Readonly<Record<string, readonly string[]>> = {
    'one-unmatched': [`base_model.model.model.language_model.layers.7.${q}`, `base_model.model.model.language_model.layers.0.${q}`],
    'zero-matches': ['none of its 8 keys', 'transformer.h.0.attn.q_proj'],
    'half-a-pair': ['layers.1.self_attn.v_proj'],
    'wrong-model': ['layers.0.self_attn.q_proj.lora_A.weight', '[2, 48]', '[2, 64]'],
    'wrong-prompt-width': ['48', '64'],
    truncated: ['adapter_model.safetensors', 'cut short'],
    'truncated-header': ['header'],
    'absurd-header-length': ['header'],
    'header-not-json': ['JSON'],
    'offsets-out-of-range': ['layers.1.self_attn.v_proj.lora_B.weight'],
    'shape-against-bytes': ['layers.0.self_attn.q_proj.lora_A.weight'],
    'empty-file': ['empty'],
  };
  it.each(Object.entries(refusals))('%s is refused by a message that names the place', async (folder, parts) => {
    const refusal: unknown = await openAdapter(join(edge, folder), model).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StudioError);
    for (const part of parts) expect((refusal as StudioError).message).toContain(part);
  });

  it('knows what must become of every folder', () => {
    expect([...Object.keys(loads), ...Object.keys(refusals)].sort()).toEqual(Object.keys(expectations.must).sort());
  });
});
