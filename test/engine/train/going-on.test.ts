/** @file Training that goes on from an adapter: its first loss is the last one of the run before, and what contradicts it is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyCard, type LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { StudioError } from '../../../src/core/error.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../../src/engine/adapter/write-adapter.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import type { TrainEvent, TrainWish, ValidationEvent } from '../../../src/engine/train/events.ts';
import type { MethodOptions } from '../../../src/engine/train/options.ts';
import { checkStart, methodOfAdapter } from '../../../src/engine/train/start/starting-adapter.ts';
import { openTrainer } from '../../../src/engine/train/trainer.ts';
import { lossesOf, memoryStore, openTinyModel, tinyOptions, tinyPictures, tinyRequest } from './tiny-run.ts';

const lowRank = { rank: 2, alpha: 4, isRankStabilized: false, targets: ['q_proj', 'v_proj', 'down_proj'], dropout: 0 };
const methods: Readonly<Record<string, MethodOptions>> = {
  'a prompt in its own place': { kind: 'prompt', tokens: null, initText: 'what is it?', placement: 'prompt' },
  'a prompt before everything': { kind: 'prompt', tokens: 3, initText: null, placement: 'start' },
  'a prefix': { kind: 'prefix', tokens: 3, initText: 'what', projectionSize: null },
  'a prefix from a network': { kind: 'prefix', tokens: 3, initText: null, projectionSize: 16 },
  'a LoRA': { kind: 'lora', ...lowRank },
  'a DoRA, rank-stabilised': { kind: 'dora', ...lowRank, isRankStabilized: true },
  'all weights': { kind: 'full' },
};

let tiny: Awaited<ReturnType<typeof openTinyModel>>;
let model: OpenModel;
beforeAll(async () => {
  tiny = await openTinyModel();
  model = tiny.model;
});
afterAll(() => tiny.close());

const validation = tinyPictures(3, 100);
const looksOf = (events: readonly TrainEvent[]): readonly ValidationEvent[] => events.filter((event) => event.kind === 'validation');

/** Learns a little; the adapter and the validation losses on the way. */
async function learn(
  method: MethodOptions,
  startsFrom: LearnedAdapter | null = null,
): Promise<{ learned: LearnedAdapter; losses: readonly number[] }> {
  const { request, events } = tinyRequest(model, tinyOptions(method, { learningRate: 5e-3 }), { validation, startsFrom });
  const trainer = await openTrainer(request);
  await trainer.run(() => 'go');
  const learned = await trainer.result('earlier');
  await trainer.close();
  return { learned, losses: looksOf(events).map(({ loss }) => loss) };
}

/** The adapter as it comes back from the files of PEFT or of our own form. */
async function throughFiles(adapter: LearnedAdapter): Promise<LearnedAdapter> {
  const { sink, files } = memoryFiles('earlier');
  for (const [path, bytes] of writeAdapter(adapter, { layout: 'hf4', sizes: model.model.decoder })) await sink.write(path, bytes);
  return matchAdapter(await readAdapterFolder(files), model).adapter;
}

describe.each(Object.entries(methods))('going on from %s', (_, method) => {
  it('begins with the loss that the run before ended with, also through its files, and learns on', async () => {
    const before = await learn(method);
    const ended = Math.min(...before.losses.slice(1));
    const adapter = await throughFiles(before.learned);
    const after = await learn(methodOfAdapter(adapter), adapter);
    expect(after.losses[0]).toBeCloseTo(ended, 5);
    expect(after.losses[0]).not.toBeCloseTo(before.losses[0] ?? 0, 4);
    expect(Math.min(...after.losses.slice(1))).toBeLessThan(ended);
    expect(after.learned.spec.kind).toBe(adapter.spec.kind);
    expect([...after.learned.tensors.keys()].sort()).toEqual([...adapter.tensors.keys()].sort());
    expect([...after.learned.replaced.keys()].sort()).toEqual([...adapter.replaced.keys()].sort());
    expect(after.learned.card.method).toContain('gone on from earlier (');
  });
});

describe('a starting adapter', () => {
  /** A LoRA as others make them: one layer only, its ranks differ by module. */
  const partial = (): LearnedAdapter => {
    const module = 'model.language_model.layers.1.self_attn.';
    const { hiddenSize } = model.model.decoder;
    const factors = (rank: number, part: string): readonly (readonly [string, ReturnType<typeof float32>])[] => [
      [
        `${module}${part}.lora_A.weight`,
        float32(
          [rank, hiddenSize],
          Array.from({ length: rank * hiddenSize }, (_, i) => Math.sin(i)),
        ),
      ],
      [
        `${module}${part}.lora_B.weight`,
        float32(
          [hiddenSize, rank],
          Array.from({ length: rank * hiddenSize }, (_, i) => 0.01 * Math.cos(i)),
        ),
      ],
    ];
    return {
      name: 'partial',
      spec: {
        kind: 'lora',
        rank: 2,
        alpha: 3,
        isRankStabilized: false,
        targets: [`${module}q_proj`, `${module}o_proj`],
        dropout: 0,
        rankPattern: { o_proj: 4 },
      },
      tensors: new Map([...factors(2, 'q_proj'), ...factors(4, 'o_proj')]),
      replaced: new Map(),
      placement: 'start',
      start: null,
      base: { name: '', revision: null, digest: null },
      card: { ...emptyCard, data: 'their pictures', licence: 'cc-by-4.0' },
    };
  };

  it('of a few layers and several ranks keeps them, with its data and licence', async () => {
    const adapter = partial();
    const { learned } = await learn(methodOfAdapter(adapter), adapter);
    expect([...learned.tensors].map(([name, { shape }]) => [name, shape])).toEqual(
      [...adapter.tensors].map(([name, { shape }]) => [name, shape]),
    );
    expect(learned.spec).toEqual(adapter.spec);
    expect(learned.card).toMatchObject({ data: 'their pictures', licence: 'cc-by-4.0' });
  });

  const opened = (method: MethodOptions, startsFrom: LearnedAdapter): Promise<unknown> =>
    openTrainer(tinyRequest(model, tinyOptions(method), { startsFrom }).request);

  it('refuses options that contradict it, and says which', async () => {
    const { learned } = await learn({ kind: 'lora', ...lowRank });
    const refused = async (method: MethodOptions, reason: RegExp): Promise<void> => {
      const failure = opened(method, learned);
      await expect(failure).rejects.toThrow(reason);
      await expect(failure).rejects.toMatchObject({ code: 'argument-invalid' });
    };
    await refused({ kind: 'dora', ...lowRank }, /the method dora was asked for, it has lora/);
    await refused({ kind: 'lora', ...lowRank, rank: 4 }, /rank 4 was asked for, it has 2/);
    await refused({ kind: 'lora', ...lowRank, alpha: 8 }, /of 4 was asked for, it has 2/);
    await refused({ kind: 'lora', ...lowRank, isRankStabilized: true }, /scale/);
    await refused({ kind: 'lora', ...lowRank, targets: ['q_proj'] }, /layers\.0\.self_attn\.v_proj is among its layers/);
    await refused({ kind: 'lora', ...lowRank, targets: [...lowRank.targets, 'k_proj'] }, /k_proj is not among its layers/);
    const prompt = await learn(methods['a prompt before everything'] ?? { kind: 'full' });
    await expect(opened({ kind: 'prompt', tokens: 4, initText: null, placement: 'start' }, prompt.learned)).rejects.toThrow(
      /tokens of 4 was asked for, it has 3/,
    );
    await expect(opened({ kind: 'prompt', tokens: 3, initText: null, placement: 'prompt' }, prompt.learned)).rejects.toThrow(
      /placement prompt/,
    );
    await expect(opened({ kind: 'prompt', tokens: 3, initText: 'what', placement: 'start' }, prompt.learned)).rejects.toThrow(
      /a text to start from/,
    );
    await (
      await openTrainer(tinyRequest(model, tinyOptions({ kind: 'lora', ...lowRank, dropout: 0.3 }), { startsFrom: learned }).request)
    ).close();
  });

  it('whose tower learned is refused where the tower is not asked for', async () => {
    const { learned } = await learn({ kind: 'full', tower: true });
    expect([...learned.replaced.keys()].some((name) => name.includes('vision_tower'))).toBe(true);
    expect(methodOfAdapter(learned)).toEqual({ kind: 'full', tower: true });
    const failure = opened({ kind: 'full' }, learned);
    await expect(failure).rejects.toThrow(/its tower was learned as well, and the tower was not asked for/);
    await expect(failure).rejects.toMatchObject({ code: 'argument-invalid' });
  });

  it('refuses what holds more than its kind learns, and what belongs to another model', async () => {
    const adapter = partial();
    const method = methodOfAdapter(adapter);
    const name = 'model.language_model.norm.weight';
    const norm = float32([model.model.decoder.hiddenSize], new Float32Array(model.model.decoder.hiddenSize));
    const saved = { ...adapter, replaced: new Map([[name, norm]]) };
    await expect(opened(method, saved)).rejects.toThrow(/norm\.weight of it is nothing that a LoRA learns here/);
    const elsewhere = new Map([...adapter.tensors].map(([name, tensor]) => [name.replace('layers.1', 'layers.9'), tensor]));
    const spec = { ...method, targets: ['q_proj', 'o_proj'] } as LearnedAdapter['spec'];
    await expect(opened(method, { ...adapter, tensors: elsewhere, spec })).rejects.toMatchObject({ code: 'adapter-mismatch' });
  });

  it.each([
    [true, /head and embeddings of this model are one table/],
    [false, /merge it into the model and begin from that/],
  ])('that changes the head is refused by name, with what to do (head tied: %s)', async (isHeadTied, remedy) => {
    const { hiddenSize, vocabularySize } = model.model.decoder;
    const factors = new Map([
      ['lm_head.lora_A.weight', float32([2, hiddenSize], new Float32Array(2 * hiddenSize))],
      ['lm_head.lora_B.weight', float32([vocabularySize, 2], new Float32Array(2 * vocabularySize))],
    ]);
    const adapter = partial();
    const spec = { ...methodOfAdapter(adapter), targets: ['q_proj', 'o_proj', 'lm_head'] } as LearnedAdapter['spec'];
    const both = await throughFiles({ ...adapter, spec, tensors: new Map([...adapter.tensors, ...factors]) });
    const decoder = { ...model.model.decoder, isHeadTied };
    const failure = (): void => {
      checkStart({ ...model, model: { ...model.model, decoder } }, methodOfAdapter(both), both);
    };
    expect(failure).toThrow(
      /cannot go on from partial, since it changes the head \(lm_head\.lora_A\.weight\), which a LoRA leaves alone here/,
    );
    expect(failure).toThrow(remedy);
    expect(failure).toThrow(StudioError);
  });

  it('belongs to the run: one that was put down goes on with the same adapter only', async () => {
    const first = await learn({ kind: 'lora', ...lowRank });
    const second = await learn({ kind: 'lora', ...lowRank }, first.learned);
    const checkpoints = memoryStore();
    const options = tinyOptions({ kind: 'lora', ...lowRank });
    const going = tinyRequest(model, options, { checkpoints, startsFrom: first.learned });
    const trainer = await openTrainer(going.request);
    const wish = (): TrainWish => (lossesOf(going.events).length >= 3 ? 'pause' : 'go');
    expect(await trainer.run(wish)).toBe('paused');
    await trainer.close();
    const resumed = (startsFrom: LearnedAdapter | null): Promise<unknown> => openTrainer({ ...going.request, resumes: true, startsFrom });
    await expect(resumed(second.learned)).rejects.toThrow(/began with another starting adapter;/);
    await expect(resumed(null)).rejects.toThrow(/began with another starting adapter;/);
    const later = tinyRequest(model, options, { checkpoints, startsFrom: first.learned, resumes: true });
    const again = await openTrainer(later.request);
    expect(again.stepsDone()).toBe(3);
    await again.run(() => 'go');
    await again.close();
    const whole = tinyRequest(model, options, { startsFrom: first.learned });
    const unbroken = await openTrainer(whole.request);
    await unbroken.run(() => 'go');
    await unbroken.close();
    expect([...lossesOf(going.events), ...lossesOf(later.events)]).toEqual(lossesOf(whole.events));
  });
});
