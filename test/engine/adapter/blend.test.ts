/** @file One LoRA of several: what it computes is their weighted sum, in PEFT's form as well; other kinds are refused. */
import { describe, expect, it } from 'vitest';
import type { LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { blendAdapters } from '../../../src/engine/adapter/blend.ts';
import type { WornAdapter } from '../../../src/engine/adapter/combine.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../../src/engine/adapter/write-adapter.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { useWornStage } from './worn-stage.ts';

const stage = useWornStage('llava15-vicuna');

async function throughPeft(adapter: LearnedAdapter): Promise<LearnedAdapter> {
  const { sink, files } = memoryFiles('blend');
  for (const [path, bytes] of writeAdapter(adapter, { layout: 'hf4', sizes: stage().model.model.decoder })) await sink.write(path, bytes);
  return matchAdapter(await readAdapterFolder(files), stage().model).adapter;
}

describe('a blend', () => {
  it('computes what its LoRAs do together, whatever their ranks, layers and scales, also after PEFT has had its files', async () => {
    const parts = [
      { adapter: await stage().adapterOf('lora'), scale: 0.7 },
      { adapter: await stage().adapterOf('rslora-qv'), scale: 1.6 },
    ];
    const wanted = await stage().logits(parts);
    const blend = blendAdapters(parts, 'both');
    const tolerance = { rtol: 1e-4, atol: 1e-4 };
    expectClose(await stage().logits([{ adapter: blend, scale: 1 }]), wanted, tolerance);
    expectClose(await stage().logits([{ adapter: await throughPeft(blend), scale: 1 }]), wanted, tolerance);
    const alone = await stage().logits(parts.slice(0, 1));
    expect(wanted.some((value, i) => Math.abs(value - (alone[i] ?? 0)) > 1e-3)).toBe(true);
    expect(blend.card.method).toMatch(/^weighted sum: 0\.7 × .* \+ 1\.6 × /);
  });

  it('has the factors that PEFT makes: weight and scale in A, ranks one after the other, alpha the rank', async () => {
    const lora = await stage().adapterOf('lora');
    const other = await stage().adapterOf('rslora-qv');
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
    const lora = await stage().adapterOf('lora');
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
          { adapter: await stage().adapterOf(kind), scale: 1 },
        ],
        /only LoRAs can be added up/,
      );
    refused(
      [
        { adapter: lora, scale: 3 },
        { adapter: await stage().adapterOf('rslora-qv'), scale: 1 },
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
