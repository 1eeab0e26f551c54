/** @file The training loop on a tiny model: every method learns, stops and goes on, and says when it cannot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learnedCount } from '../../../src/core/adapter/learned.ts';
import { StudioError } from '../../../src/core/error.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { readCheckpoint } from '../../../src/engine/train/keep/resume.ts';
import { checkpointName } from '../../../src/engine/train/keep/checkpoint.ts';
import type { TrainWish, ValidationEvent } from '../../../src/engine/train/events.ts';
import type { MethodOptions, TrainOptions } from '../../../src/engine/train/options.ts';
import { optimizerOf } from '../../../src/engine/train/recipes.ts';
import type { TrainRequest } from '../../../src/engine/train/request.ts';
import { openTrainer } from '../../../src/engine/train/trainer.ts';
import { lossesOf, memoryStore, openTinyModel, tinyOptions, tinyPictures, tinyRequest } from './tiny-run.ts';

const lowRank = { rank: 2, alpha: 4, isRankStabilized: false, targets: ['q_proj', 'v_proj', 'down_proj'] };
const methods: Readonly<Record<string, MethodOptions>> = {
  'a prompt in its own place': { kind: 'prompt', tokens: null, initText: 'what is it?', placement: 'prompt' },
  'a prompt before everything': { kind: 'prompt', tokens: 3, initText: null, placement: 'start' },
  'a prefix': { kind: 'prefix', tokens: 3, initText: 'what', projectionSize: null },
  'a prefix from a network': { kind: 'prefix', tokens: 3, initText: null, projectionSize: 16 },
  'LoRA with dropout': { kind: 'lora', ...lowRank, dropout: 0.2 },
  DoRA: { kind: 'dora', ...lowRank, dropout: 0 },
  'all weights': { kind: 'full' },
  'all weights, the tower among them': { kind: 'full', tower: true },
};

let tiny: Awaited<ReturnType<typeof openTinyModel>>;
let model: OpenModel;
beforeAll(async () => {
  tiny = await openTinyModel();
  model = tiny.model;
});
afterAll(() => tiny.close());

/** Wishes to go on until so many steps were told, then something else. */
function after(steps: number, events: readonly { readonly kind: string }[], then: TrainWish): () => TrainWish {
  return () => (events.filter(({ kind }) => kind === 'step').length >= steps ? then : 'go');
}

async function lossesOfWholeRun(options: TrainOptions, changes: Partial<TrainRequest> = {}): Promise<readonly number[]> {
  const { request, events } = tinyRequest(model, options, changes);
  const trainer = await openTrainer(request);
  expect(await trainer.run(() => 'go')).toBe('finished');
  await trainer.close();
  return lossesOf(events);
}

describe.each(Object.entries(methods))('learning %s', (_, method) => {
  it('lowers the loss, and gives what was learned', async () => {
    const { request, events } = tinyRequest(
      model,
      tinyOptions(method, { length: { steps: 20 }, learningRate: 5e-3, captionsPerPicture: 3 }),
    );
    const trainer = await openTrainer(request);
    expect(await trainer.run(() => 'go')).toBe('finished');
    const losses = lossesOf(events);
    expect(losses).toHaveLength(20);
    const mean = (list: readonly number[]): number => list.reduce((sum, loss) => sum + loss, 0) / list.length;
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 4)));
    const learned = await trainer.result('tiny');
    if (method.kind === 'full') expect(learned.replaced.size).toBeGreaterThan(10);
    else expect(learned.spec.kind).toBe(method.kind);
    if (learned.spec.kind === 'prompt') expect([...learned.tensors.values()][0]?.shape[0]).toBe(learned.spec.tokens);
    if (!('projectionSize' in method) || method.projectionSize === null) expect(learnedCount(learned)).toBe(trainer.trainableCount);
    await trainer.close();
  });

  it('goes on after a pause as if there had been none', async () => {
    const options = tinyOptions(method, { accumulate: 2 });
    const whole = await lossesOfWholeRun(options);
    const checkpoints = memoryStore();
    const first = tinyRequest(model, options, { checkpoints });
    const before = await openTrainer(first.request);
    expect(await before.run(after(3, first.events, 'pause'))).toBe('paused');
    await before.close();
    const second = tinyRequest(model, options, { checkpoints, resumes: true });
    const later = await openTrainer(second.request);
    expect(later.stepsDone()).toBe(3);
    expect(await later.run(() => 'go')).toBe('finished');
    await later.close();
    expect([...lossesOf(first.events), ...lossesOf(second.events)]).toEqual(whole);
  });
});

describe('a run', () => {
  const lora = methods['LoRA with dropout'] ?? { kind: 'full' };

  it('gives the same numbers for the same seed, and others for another', async () => {
    const one = await lossesOfWholeRun(tinyOptions(lora, { seed: 5 }));
    expect(await lossesOfWholeRun(tinyOptions(lora, { seed: 5 }))).toEqual(one);
    expect(await lossesOfWholeRun(tinyOptions(lora, { seed: 6 }))).not.toEqual(one);
  });

  it('can be paused and run again without being opened anew', async () => {
    const options = tinyOptions(lora);
    const { request, events } = tinyRequest(model, options);
    const trainer = await openTrainer(request);
    expect(await trainer.run(after(2, events, 'pause'))).toBe('paused');
    expect(await trainer.run(() => 'go')).toBe('finished');
    expect(lossesOf(events)).toEqual(await lossesOfWholeRun(options));
    await trainer.close();
  });

  it('keeps what was learned when it is stopped', async () => {
    const { request, events } = tinyRequest(model, tinyOptions(lora));
    const trainer = await openTrainer(request);
    expect(await trainer.run(after(2, events, 'stop'))).toBe('stopped');
    const learned = await trainer.result('tiny');
    const moved = [...learned.tensors].filter(([name]) => name.endsWith('lora_B.weight')).some(([, { data }]) => data.some((x) => x !== 0));
    expect(moved).toBe(true);
    await trainer.close();
  });

  it('keeps losses and options, and refuses to go on with other data or options', async () => {
    const checkpoints = memoryStore();
    const options = tinyOptions(lora);
    const { request, events } = tinyRequest(model, options, { checkpoints });
    const trainer = await openTrainer(request);
    await trainer.run(after(2, events, 'pause'));
    await trainer.close();
    const kept = await readCheckpoint(checkpoints);
    expect(kept).toMatchObject({ state: { step: 2 }, totalSteps: 6, options: { seed: options.seed } });
    expect(kept?.progress.losses).toEqual(lossesOf(events).map(Math.fround));
    const resumed = (changes: Partial<TrainRequest>): Promise<unknown> =>
      openTrainer({ ...request, checkpoints, resumes: true, ...changes });
    await expect(resumed({ pictures: tinyPictures(7) })).rejects.toThrow(/began with other pictures or captions;/);
    const changed = { ...options, learningRate: 0.5, length: { epochs: 3 } };
    await expect(resumed({ options: changed })).rejects.toThrow(
      /began with other options \(learning rate 0.001, now 0.5; length steps 6, now none; length epochs none, now 3\);/,
    );
    await (await openTrainer({ ...request, resumes: true, options: { ...options, checkpointSeconds: 5 } })).close();
  });

  it('does not go on from a checkpoint that is cut, of something else, or has other numbers than were written', async () => {
    const checkpoints = memoryStore();
    const { request, events } = tinyRequest(model, tinyOptions(lora), { checkpoints });
    const trainer = await openTrainer(request);
    await trainer.run(after(1, events, 'pause'));
    await trainer.close();
    const whole = (await checkpoints.read(checkpointName)) ?? new Uint8Array();
    const zeroed = whole.slice().fill(0, whole.length - 64);
    for (const bytes of [whole.slice(0, 5), whole.slice(0, 900), whole.slice(0, -4), whole.slice().fill(0), zeroed]) {
      await checkpoints.write(checkpointName, bytes);
      const opened = openTrainer({ ...request, checkpoints, resumes: true });
      await expect(opened).rejects.toThrow(/what was kept of this run cannot be read .*begin it anew/);
      await expect(opened).rejects.toMatchObject({ code: 'file-invalid', details: { place: 'checkpoint' } });
    }
  });

  it('looks at pictures once: a second run finds their features', async () => {
    const features = memoryStore();
    const options = tinyOptions(lora);
    const whole = await lossesOfWholeRun(options, { features });
    expect(features.names()).toHaveLength(8);
    const pictures = tinyPictures(8).map((picture) => ({ ...picture, load: () => Promise.reject(new Error('looked again')) }));
    expect(await lossesOfWholeRun(options, { features, pictures })).toEqual(whole);
  });

  it('tells of all pictures that cannot be read at once, before anything is learned, and starts without them', async () => {
    const broken = ['2.png', '5.png', '100.png'];
    const spoiled = (list: ReturnType<typeof tinyPictures>): ReturnType<typeof tinyPictures> =>
      list.map((picture) =>
        broken.includes(picture.id)
          ? { ...picture, load: () => Promise.reject(new StudioError('picture-invalid', `${picture.id}: cannot be decoded`)) }
          : picture,
      );
    const checkpoints = memoryStore();
    const data = { pictures: spoiled(tinyPictures(8)), validation: spoiled(tinyPictures(2, 100)) };
    const { request, events } = tinyRequest(model, tinyOptions(lora), { ...data, checkpoints });
    const failure = await (await openTrainer(request)).run(() => 'go').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'picture-invalid', details: { ids: broken } });
    expect(String(failure)).toContain('3 pictures cannot be read (2.png, 5.png, 100.png)');
    expect([lossesOf(events), checkpoints.names()]).toEqual([[], []]);
    const whole = (list: ReturnType<typeof tinyPictures>): ReturnType<typeof tinyPictures> => list.filter(({ id }) => !broken.includes(id));
    const left = { pictures: whole(data.pictures), validation: whole(data.validation) };
    const trainer = await openTrainer({ ...request, ...left });
    expect(await trainer.run(() => 'go')).toBe('finished');
    await trainer.close();
  });

  it('captions and scores the same validation pictures at each look, and gives the best state', async () => {
    const validation = { timesPerEpoch: 2, scoredPictures: 2, maxNewTokens: 5, patience: null };
    const { request, events } = tinyRequest(model, tinyOptions(lora, { validation }), { validation: tinyPictures(3, 100) });
    const trainer = await openTrainer(request);
    await trainer.run(() => 'go');
    const looks = events.filter((event): event is ValidationEvent => event.kind === 'validation');
    expect(looks.map(({ step }) => step)).toEqual([0, 3, 6]);
    for (const look of looks) {
      expect(look.captions.map(({ id }) => id)).toEqual(['100.png', '101.png']);
      expect(look.cider).toBeGreaterThanOrEqual(0);
      expect(look.loss).toBeGreaterThan(0);
    }
    expect(looks.map(({ isBest }) => isBest).slice(0, 2)).toEqual([false, true]);
    await trainer.close();
  });

  it('ends by itself when looks do not get better', async () => {
    // A rate so small that nothing changes: every look after the first is no better.
    const validation = { timesPerEpoch: 6, scoredPictures: 0, maxNewTokens: 5, patience: 2 };
    const options = tinyOptions(lora, { validation, learningRate: 1e-30, optimizer: optimizerOf('sgd') });
    const { request, events } = tinyRequest(model, options, { validation: tinyPictures(2, 100) });
    const trainer = await openTrainer(request);
    expect(await trainer.run(() => 'go')).toBe('stopped-early');
    expect(lossesOf(events)).toHaveLength(3);
    await trainer.close();
  });

  it('gives the state of the best look where it ended by itself, bit for bit', async () => {
    // Validation captions that a model of other captions understands less and less: the first look after the start is the best.
    const validation = tinyPictures(2, 100).map((picture) => ({ ...picture, captions: ['zebra stripes over water'] }));
    const changes = { learningRate: 0.05, warmupShare: 0, length: { steps: 20 } };
    const looks = { timesPerEpoch: 20, scoredPictures: 0, maxNewTokens: 5, patience: 3 };
    const early = tinyRequest(model, tinyOptions(lora, { ...changes, validation: looks }), { validation });
    const trainer = await openTrainer(early.request);
    expect(await trainer.run(() => 'go')).toBe('stopped-early');
    const best = trainer.resultStep();
    expect(trainer.stepsDone()).toBe(best + 3);
    const alone = tinyRequest(model, tinyOptions(lora, changes));
    const other = await openTrainer(alone.request);
    expect(await other.run(after(best, alone.events, 'stop'))).toBe('stopped');
    expect((await trainer.result('tiny')).tensors).toEqual((await other.result('tiny')).tensors);
    await other.run(after(best + 1, alone.events, 'stop'));
    expect((await trainer.result('tiny')).tensors).not.toEqual((await other.result('tiny')).tensors);
    await trainer.close();
    await other.close();
  });

  it('stops when the loss explodes, says what to change and gives numbers that can be used', async () => {
    const options = tinyOptions(
      { kind: 'full' },
      { length: { steps: 60 }, learningRate: 1e4, warmupShare: 0, clip: null, optimizer: optimizerOf('sgd') },
    );
    const { request } = tinyRequest(model, options);
    const trainer = await openTrainer(request);
    const failure = await trainer.run(() => 'go').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StudioError);
    expect(failure).toMatchObject({ code: 'loss-diverged', message: expect.stringContaining('lower the learning rate') as string });
    const { replaced } = await trainer.result('tiny');
    for (const { data } of replaced.values()) expect(data.every((x) => Number.isFinite(x) && Math.abs(x) < 1e3)).toBe(true);
    await trainer.close();
  });

  it.each([
    ['a rank of 0', { method: { kind: 'lora', ...lowRank, rank: 0, dropout: 0 } }, /rank must be a whole number/],
    [
      'a rank beyond all sense',
      { method: { kind: 'lora', ...lowRank, rank: 1e12, dropout: 0 } },
      /rank must be .* to 64, got 1000000000000/,
    ],
    ['an alpha of 0', { method: { kind: 'lora', ...lowRank, alpha: 0, dropout: 0 } }, /alpha must be above 0/],
    ['no learning rate', { learningRate: 0 }, /learning rate must be above 0/],
    ['a learning rate beyond all sense', { learningRate: 1e12 }, /learning rate must be above 0 and at most 1000000/],
    ['a batch beyond all sense', { batchPictures: 1e12 }, /batch must be a whole number from 1 to/],
    [
      'more captions of a picture than anybody writes',
      { captionsPerPicture: 1e12 },
      /captions of a picture must be a whole number from 1 to/,
    ],
    ['captions longer than the context', { maxCaptionTokens: 1e12 }, /longest caption must be a whole number from 1 to/],
    ['epochs without end', { length: { epochs: 1e8 } }, /steps would never end/],
    [
      'fewer than no scored pictures',
      { validation: { timesPerEpoch: 1, scoredPictures: -1, maxNewTokens: 8, patience: null } },
      /scored pictures/,
    ],
    ['a prompt of nothing', { method: { kind: 'prompt', tokens: null, initText: null, placement: 'start' } }, /how many tokens/],
    [
      'more than the context holds',
      { method: { kind: 'prompt', tokens: 5000, initText: null, placement: 'start' } },
      /learned tokens must be a whole number from 1 to/,
    ],
  ] as const)('refuses %s', async (_, changes: Partial<TrainOptions>, message) => {
    const { request } = tinyRequest(model, tinyOptions(lora, changes));
    const run = async (): Promise<unknown> => (await openTrainer(request)).run(() => 'go');
    await expect(run()).rejects.toThrow(message);
  });
});
