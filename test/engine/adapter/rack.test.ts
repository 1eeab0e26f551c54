/** @file What is worn: strengths, sums, places of soft tokens, batches; and what is refused. */

import { describe, expect, it, vi } from 'vitest';
import { emptyCard, type LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { defaultDecoding } from '../../../src/core/decode/options.ts';
import { pictureFromRgb } from '../../../src/core/image/picture.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { lookInside } from '../../../src/engine/adapter/look-inside.ts';
import { scaleAdapter } from '../../../src/engine/adapter/scale-adapter.ts';
import { captionPictures } from '../../../src/engine/caption/captioner.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { encodePrompt } from '../../../src/engine/text/prompt-ids.ts';
import { renderPrompt } from '../../../src/engine/text/prompt.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { adapterTolerance, useWornStage, wornTexts } from './worn-stage.ts';

const stage = useWornStage('llava15-vicuna');

function softPrompt(ids: readonly number[], placement: LearnedAdapter['placement'], table: Float32Array): LearnedAdapter {
  const rows = float32([ids.length, 64], Float32Array.from(ids.flatMap((id) => Array.from(table.subarray(id * 64, (id + 1) * 64)))));
  return {
    name: 'words',
    spec: { kind: 'prompt', tokens: ids.length },
    tensors: new Map([['prompt_embeddings', rows]]),
    replaced: new Map(),
    placement,
    start: rows,
    base: { name: '', revision: null, digest: null },
    card: emptyCard,
  };
}

async function embeddings(): Promise<Float32Array> {
  return (await stage().model.store.read('model.language_model.embed_tokens.weight')) as Float32Array;
}

describe('strength', () => {
  it.each(['lora', 'dora', 'rslora-qv'])('0 of a %s is the base', async (kind) => {
    expectClose(await stage().logits([{ adapter: await stage().adapterOf(kind), scale: 0 }]), await stage().logits([]), adapterTolerance);
  });

  it.each(['lora', 'dora'])('1 of a scaled copy of a %s is that strength of the first', async (kind) => {
    const adapter = await stage().adapterOf(kind);
    const copy = await scaleAdapter(adapter, 1.5, stage().model.store);
    const wanted = await stage().logits([{ adapter, scale: 1.5 }]);
    expectClose(await stage().logits([{ adapter: copy, scale: 1 }]), wanted, adapterTolerance);
    expect(Array.from(wanted)).not.toEqual(Array.from(await stage().logits([{ adapter, scale: 1 }])));
  });

  it('of two LoRAs adds up: half and half of one is the whole', async () => {
    const adapter = await stage().adapterOf('lora');
    const twin = { ...adapter };
    const both = await stage().logits([
      { adapter, scale: 0.5 },
      { adapter: twin, scale: 0.5 },
    ]);
    expectClose(both, await stage().logits([{ adapter, scale: 1 }]), adapterTolerance);
  });
});

describe('refusals', () => {
  it.each([
    [['dora', 'lora'], 'a DoRA and is worn alone'],
    [['lora', 'prompt'], 'a soft prompt and is worn alone'],
    [['prefix', 'prompt'], 'is worn alone'],
  ])('%j cannot be worn together', async (kinds, message) => {
    const worn = await Promise.all(kinds.map(async (kind) => ({ adapter: await stage().adapterOf(kind), scale: 1 })));
    await expect(stage().rack.wear(worn)).rejects.toMatchObject({
      code: 'argument-invalid',
      message: expect.stringContaining(message) as string,
    });
  });

  it('a prefix has no strength, and no strength is above 2', async () => {
    await expect(stage().rack.wear([{ adapter: await stage().adapterOf('prefix'), scale: 0.5 }])).rejects.toThrow('has no scale');
    await expect(stage().rack.wear([{ adapter: await stage().adapterOf('lora'), scale: 2.5 }])).rejects.toThrow('from 0 to 2');
  });

  it('a learned tensor of another width does not fit', async () => {
    const adapter = softPrompt([1], 'start', await embeddings());
    const narrow = { ...adapter, tensors: new Map([['prompt_embeddings', float32([1, 63], new Float32Array(63))]]) };
    await expect(stage().rack.wear([{ adapter: narrow, scale: 1 }])).rejects.toMatchObject({ code: 'adapter-mismatch' });
  });
});

describe('soft tokens that are the embeddings of words', () => {
  it('in the place of the prompt give what the written prompt gives', async () => {
    const { after } = encodePrompt(stage().model.tokenizer, renderPrompt(stage().model.template, wornTexts));
    const bare = encodePrompt(stage().model.tokenizer, renderPrompt(stage().model.template, { ...wornTexts, prompt: 'x' })).after;
    const lead = after.findIndex((id, i) => id !== bare[i]);
    const tail = after.length - after.toReversed().findIndex((id, i) => id !== bare.toReversed()[i]);
    const adapter = softPrompt(after.slice(lead, tail), 'prompt', await embeddings());
    expectClose(await stage().logits([{ adapter, scale: 1 }]), await stage().logits([]), adapterTolerance);
  });

  it('before everything shift what follows, and nothing else', async () => {
    const start = await stage().adapterOf('prompt');
    const [length = 0] = start.tensors.get('prompt_embeddings')?.shape ?? [];
    expect((await stage().rack.wear([{ adapter: start, scale: 1 }])).decoder.startLength).toBe(length);
  });

  it('are told by the words that they are near', async () => {
    const insight = await lookInside(stage().model, softPrompt([10, 20], 'start', await embeddings()));
    const told = insight.kind === 'prompt' ? insight : expect.fail(insight.kind);
    expect(told.tokens.map(({ nearest }) => nearest[0]?.token)).toEqual(
      [10, 20].map((id) => stage().model.tokenizer.tokenOf(id)?.replaceAll(/[▁Ġ]/g, '␣')),
    );
    expect(told.tokens[0]?.nearest[0]?.cosine).toBeCloseTo(1, 5);
    expect(told.tokens[0]?.moved).toBe(0);
  });
});

it('tells how much each layer is changed', async () => {
  const insight = await lookInside(stage().model, await stage().adapterOf('dora'));
  const told = insight.kind === 'dora' ? insight : expect.fail(insight.kind);
  expect(told.changes).toHaveLength(14);
  for (const { change, relative, stretch } of told.changes) {
    expect(change).toBeGreaterThan(0);
    expect(relative).toBeGreaterThan(0);
    expect(stretch).toBeGreaterThanOrEqual(0);
  }
});

it('replaces whole weights, and only these', async () => {
  const norm = (await stage().model.store.read('model.language_model.norm.weight')) as Float32Array;
  const weights = (factor: number): LearnedAdapter => ({
    ...softPrompt([], 'start', new Float32Array()),
    spec: { kind: 'weights' },
    tensors: new Map(),
    replaced: new Map([
      [
        'model.language_model.norm.weight',
        float32(
          [64],
          norm.map((value) => value * factor),
        ),
      ],
    ]),
  });
  const base = await stage().logits([]);
  expectClose(await stage().logits([{ adapter: weights(1), scale: 1 }]), base, adapterTolerance);
  expectClose(
    await stage().logits([{ adapter: weights(2), scale: 1 }]),
    base.map((value) => value * 2),
    adapterTolerance,
  );
});

it('opens sessions for the first set of whole weights only: others in the place of the same are data', async () => {
  const names = [
    'model.multi_modal_projector.linear_1.weight',
    'model.language_model.embed_tokens.weight',
    'model.language_model.layers.0.self_attn.q_proj.weight',
    'model.language_model.norm.weight',
  ];
  const { model, rack } = stage();
  const own = await Promise.all(
    names.map(async (name) => {
      const shape = model.bundle.tensors.get(name)?.shape ?? expect.fail(name);
      return [name, float32(shape, (await model.store.read(name)) as Float32Array)] as const;
    }),
  );
  const weights = (factor: number, factorOf: (name: string) => boolean): LearnedAdapter => ({
    ...softPrompt([], 'start', new Float32Array()),
    spec: { kind: 'weights' },
    tensors: new Map(),
    replaced: new Map(
      own.map(([name, { shape, data }]) => [
        name,
        float32(
          shape,
          data.map((value) => (factorOf(name) ? factor * value : value)),
        ),
      ]),
    ),
  });
  const twice = weights(2, (name) => name.endsWith('norm.weight'));
  const other = weights(-1, (name) => name.includes('projector') || name.includes('q_proj'));
  const opened = vi.spyOn(model.runtime, 'createSession');
  const base = await stage().logits([]);
  const doubled = await stage().logits([{ adapter: twice, scale: 1 }]);
  expect(opened.mock.calls.map(([{ graph }]) => graph.name)).toHaveLength(2); // one that looks, one that writes
  opened.mockClear();
  expectClose(
    doubled,
    base.map((value) => value * 2),
    adapterTolerance,
  );
  const seen = await stage().logits([{ adapter: other, scale: 1 }]);
  expect(Array.from(await stage().logits([{ adapter: twice, scale: 1 }]))).toEqual(Array.from(doubled));
  expect(Array.from(await stage().logits([{ adapter: other, scale: 1 }]))).toEqual(Array.from(seen));
  expect(Math.max(...seen.map((value, i) => Math.abs(value - (base[i] ?? 0))))).toBeGreaterThan(0.01);
  expect(opened).not.toHaveBeenCalled();
  await rack.forget(twice);
  await rack.forget(other);
  expectClose(await stage().logits([{ adapter: twice, scale: 1 }]), doubled, adapterTolerance);
  expect(opened).toHaveBeenCalledTimes(2); // the last to go closed them
  opened.mockRestore();
});

describe('in batches of ragged prompts', () => {
  async function captions(worn: OpenModel, batchSize: number, beams: number): Promise<readonly string[]> {
    const written = new Map<string, string>();
    const random = makeRandom(3);
    const noise = Uint8Array.from({ length: 60 * 50 * 3 }, () => random.nextUint32() >>> 24);
    const requests = ['what', 'what is it? what is it?', 'a b c'].map((prompt, i) => ({
      id: String(i),
      system: '',
      prompt,
      load: () => Promise.resolve(pictureFromRgb(60, 50, noise)),
    }));
    await captionPictures(
      worn,
      requests,
      { decoding: { ...defaultDecoding, maxNewTokens: 10, beams }, batchSize },
      {
        onLooking: () => undefined,
        onText: () => undefined,
        onDone: (id, { captions: [first] }) => written.set(id, `${String(first?.ids)} ${(first?.logProbability ?? 0).toFixed(3)}`),
        onFailed: (_, error) => {
          throw error;
        },
        isCancelled: () => false,
      },
    );
    return [...written].sort().map(([, text]) => text);
  }

  it.each(['lora', 'dora', 'prompt', 'prefix'])('%s writes what it writes one by one, greedily and with beams', async (kind) => {
    const worn = await stage().rack.wear([{ adapter: await stage().adapterOf(kind), scale: 1 }]);
    for (const beams of [1, 3]) expect(await captions(worn, 3, beams)).toEqual(await captions(worn, 1, beams));
    expect(await captions(worn, 3, 1)).not.toEqual(await captions(stage().model, 3, 1));
  });

  it('soft tokens in the place of the prompt do so too', async () => {
    const worn = await stage().rack.wear([{ adapter: softPrompt([10, 20, 30], 'prompt', await embeddings()), scale: 1 }]);
    expect(await captions(worn, 3, 1)).toEqual(await captions(worn, 1, 1));
  });
});

it('keeps the youngest outfits and makes older ones anew', async () => {
  const adapter = await stage().adapterOf('lora');
  const first = await stage().logits([{ adapter, scale: 1 }]);
  for (let i = 0; i < 12; i++) await stage().rack.wear([{ adapter, scale: i / 10 }]);
  expect(Array.from(await stage().logits([{ adapter, scale: 1 }]))).toEqual(Array.from(first));
  await stage().rack.forget(adapter);
  expect(Array.from(await stage().logits([{ adapter, scale: 1 }]))).toEqual(Array.from(first));
});
