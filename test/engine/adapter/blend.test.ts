/** @file One LoRA of several: what it computes is their weighted sum, in PEFT's form as well; other kinds are refused. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import type { LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { blendAdapters } from '../../../src/engine/adapter/blend.ts';
import type { WornAdapter } from '../../../src/engine/adapter/combine.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { makeRack, type AdapterRack } from '../../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../../src/engine/adapter/write-adapter.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { traceCaption } from '../../../src/engine/caption/trace.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { openReference, references } from '../../parity/reference.ts';

const reference = references().find(({ name }) => name === 'llava15-vicuna') ?? expect.fail('no reference');
let model: OpenModel;
let rack: AdapterRack;
let pixels: Float32Array;
beforeAll(async () => {
  model = await openReference(reference, 'fp32');
  rack = makeRack(model);
  pixels = (await reference.tensors()).floats('a.pixel_values');
});
afterAll(async () => {
  await rack.close();
  await model.close();
});

async function adapterOf(kind: string): Promise<LearnedAdapter> {
  return matchAdapter(await readAdapterFolder(folderFiles(join(reference.folder, 'adapters', kind))), model).adapter;
}

async function logits(worn: readonly WornAdapter[]): Promise<Float32Array> {
  const texts = { system: '', prompt: 'what is it' };
  const trace = await traceCaption(await rack.wear(worn), { pixels, size: { width: 56, height: 56 } }, texts, 0);
  return trace.get('logits')?.data as Float32Array;
}

async function throughPeft(adapter: LearnedAdapter): Promise<LearnedAdapter> {
  const { sink, files } = memoryFiles('blend');
  for (const [path, bytes] of writeAdapter(adapter, { layout: 'hf4', sizes: model.model.decoder })) await sink.write(path, bytes);
  return matchAdapter(await readAdapterFolder(files), model).adapter;
}

describe('a blend', () => {
  it('computes what its LoRAs do together, whatever their ranks, layers and scales, also after PEFT has had its files', async () => {
    const parts = [
      { adapter: await adapterOf('lora'), scale: 0.7 },
      { adapter: await adapterOf('rslora-qv'), scale: 1.6 },
    ];
    const wanted = await logits(parts);
    const blend = blendAdapters(parts, 'both');
    const tolerance = { rtol: 1e-4, atol: 1e-4 };
    expectClose(await logits([{ adapter: blend, scale: 1 }]), wanted, tolerance);
    expectClose(await logits([{ adapter: await throughPeft(blend), scale: 1 }]), wanted, tolerance);
    const alone = await logits(parts.slice(0, 1));
    expect(wanted.some((value, i) => Math.abs(value - (alone[i] ?? 0)) > 1e-3)).toBe(true);
    expect(blend.card.method).toMatch(/^weighted sum: 0\.7 × .* \+ 1\.6 × /);
  });

  it('has the factors that PEFT makes: weight and scale in A, ranks one after the other, alpha the rank', async () => {
    const lora = await adapterOf('lora');
    const other = await adapterOf('rslora-qv');
    const blend = blendAdapters(
      [
        { adapter: lora, scale: 0.5 },
        { adapter: other, scale: 2 },
      ],
      'both',
    );
    const module = 'model.language_model.layers.0.self_attn.q_proj';
    const [a, b] = [lora, other].map(({ tensors }) => tensors.get(`${module}.lora_A.weight`) ?? expect.fail('no factor'));
    if (a === undefined || b === undefined || lora.spec.kind !== 'lora' || other.spec.kind !== 'lora') return expect.unreachable();
    const joined = blend.tensors.get(`${module}.lora_A.weight`);
    const scales = [lora.spec.alpha / lora.spec.rank, other.spec.alpha / Math.sqrt(other.spec.rank)];
    expect(joined?.shape).toEqual([(a.shape[0] ?? 0) + (b.shape[0] ?? 0), a.shape[1]]);
    const expected = [...a.data.map((x) => x * 0.5 * (scales[0] ?? 0)), ...b.data.map((x) => x * 2 * (scales[1] ?? 0))];
    expectClose(joined?.data ?? [], expected, { rtol: 1e-6, atol: 1e-9 });
    expect(blend.spec).toMatchObject({ kind: 'lora', isRankStabilized: false, rank: joined?.shape[0], alpha: joined?.shape[0] });
  });

  it('refuses what cannot be added up, and says why', async () => {
    const lora = await adapterOf('lora');
    const refused = (parts: readonly WornAdapter[], reason: RegExp): void => {
      expect(() => blendAdapters(parts, 'no')).toThrow(reason);
    };
    refused([{ adapter: lora, scale: 1 }], /needs two LoRAs/);
    refused(
      [lora, lora].map((adapter) => ({ adapter, scale: 1 })),
      /named twice/,
    );
    for (const kind of ['dora', 'prompt', 'prefix'])
      refused(
        [
          { adapter: lora, scale: 1 },
          { adapter: await adapterOf(kind), scale: 1 },
        ],
        /only LoRAs can be added up/,
      );
    refused(
      [
        { adapter: lora, scale: 3 },
        { adapter: await adapterOf('rslora-qv'), scale: 1 },
      ],
      /from 0 to 2, got 3/,
    );
    const [key = '', first] = [...lora.tensors][0] ?? [];
    const [rank = 0, inputSize = 0] = first?.shape ?? [];
    const wide = new Map([...lora.tensors, [key, float32([rank, inputSize + 1], new Float32Array(rank * (inputSize + 1)))] as const]);
    refused(
      [
        { adapter: lora, scale: 1 },
        { adapter: { ...lora, name: 'wide', tensors: wide }, scale: 1 },
      ],
      /made for different models/,
    );
  });
});
