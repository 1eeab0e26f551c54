/** @file Training in the engine's thread on the model that comes with the page: a run that is broken off goes on with the same numbers. */
import { afterAll, expect, it, vi } from 'vitest';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import { methodDefaults, recipeOptions } from '../../src/engine/train/recipes.ts';
import type { TrainOptions } from '../../src/engine/train/options.ts';
import { makeEngine } from '../../workers/engine.ts';
import type { RunEvent, TrainingPicture, TrainingRequest } from '../../workers/train-api.ts';

const captions = { coffee: ['HOT DRINK WAITS ON TABLE'], rocket: ['ROCKET LEAVES TOWN'], chelsea: ['CAT REFUSES COMMENT'] };
const runIds = ['whole', 'broken'];
const runIdsOnFullDisk = ['with room', 'without room'];
const runIdsInTurns = ['in turns', 'in one go', 'reopened', 'closed'];

async function samples(): Promise<readonly TrainingPicture[]> {
  return Promise.all(
    Object.entries(captions).map(async ([name, texts]) => ({
      id: `${name}.jpg`,
      file: await (await fetch(`/samples/skimage_${name}.jpg`)).blob(),
      captions: texts,
    })),
  );
}

function shortRun(): TrainOptions {
  const options = recipeOptions('ours', { ...methodDefaults.lora, rank: 2, alpha: 4 } as typeof methodDefaults.lora);
  return {
    ...options,
    length: { steps: 4 },
    batchPictures: 2,
    learningRate: 5e-3,
    validation: { ...options.validation, scoredPictures: 0 },
  };
}

type Engine = ReturnType<typeof makeEngine>;

async function openEngine(): Promise<Engine> {
  const engine = makeEngine(`${location.origin}/`);
  await engine.openModel({ source: { kind: 'embedded' }, backend: 'wasm' }, () => undefined);
  return engine;
}

/** Runs and gives the losses of the steps; wishes to pause once a step is done. */
async function runTo(engine: Engine, request: TrainingRequest, pauseAfter = Infinity): Promise<{ losses: number[]; end: string }> {
  const losses: number[] = [];
  const outcome = await engine.train({ ...request, yields: true }, (event: RunEvent) => {
    if (event.kind !== 'step') return;
    losses.push(event.loss);
    if (event.step === pauseAfter) void engine.wishTraining(request.runId, 'pause');
  });
  return { losses, end: outcome.end };
}

afterAll(async () => {
  const engine = makeEngine(`${location.origin}/`);
  for (const runId of [...runIds, ...runIdsInTurns, ...runIdsOnFullDisk]) await engine.forgetTraining(runId);
});

it('tells what a run will be, and what is wrong with its data', async () => {
  const engine = await openEngine();
  const pictures = await samples();
  const check = await engine.checkTraining({ options: shortRun(), pictures, validation: pictures.slice(0, 1) });
  expect(check.totalSteps).toBe(4);
  expect(check.trainableCount).toBeGreaterThan(1000);
  expect(check.memory.totalBytes).toBeGreaterThan(check.memory.weightBytes);
  expect(check.problems.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['leak', 'few-pictures']));
  await engine.closeModel();
}, 240_000);

it('goes on after the tab was closed with the very losses of a run that nobody broke off, and gives a style that captions', async () => {
  const pictures = await samples();
  const request = { options: shortRun(), pictures, validation: [] };
  const engine = await openEngine();
  const whole = await runTo(engine, { ...request, runId: 'whole' });
  expect(whole.end).toBe('finished');
  expect(whole.losses).toHaveLength(4);
  expect(whole.losses.at(-1)).toBeLessThan(whole.losses[0] ?? 0);

  const first = await runTo(engine, { ...request, runId: 'broken' }, 2);
  expect(first).toMatchObject({ end: 'paused' });
  await engine.closeModel();
  const later = await openEngine(); // as a new tab would
  expect(await later.listTraining()).toEqual(expect.arrayContaining(runIds));
  const second = await runTo(later, { ...request, runId: 'broken' });
  expect(second.end).toBe('finished');
  expect([...first.losses, ...second.losses]).toEqual(whole.losses);

  const zip = await later.keepTraining({ ...request, runId: 'broken', name: 'headlines' });
  const style = await later.loadAdapter({ kind: 'zip', name: 'headlines.zip', file: zip });
  expect(style).toMatchObject({ name: 'headlines', kind: 'lora', fit: { state: 'fits' }, unmatched: [] });
  const [coffee] = pictures;
  const texts: string[] = [];
  for (const scale of [0, 1]) {
    await later.caption(
      {
        jobId: `scale ${String(scale)}`,
        pictures: [{ id: 'coffee', name: 'coffee.jpg', file: coffee?.file ?? new Blob(), prompt: { ...request.options.prompt } }],
        decoding: { ...defaultDecoding, maxNewTokens: 12 },
        adapters: [{ id: style.id, scale }],
      },
      (event) => {
        if (event.kind === 'done') texts.push(event.captions[0]?.text ?? '');
      },
    );
  }
  expect(texts).toHaveLength(2);
  expect(texts[0]).not.toBe('');
  await later.closeModel();
}, 400_000);

it('keeps what was learned where a checkpoint finds no room, and goes on from there once there is some', async () => {
  const pictures = await samples();
  const request = { options: shortRun(), pictures, validation: [] };
  const engine = await openEngine();
  const whole = await runTo(engine, { ...request, runId: 'with room' });
  const often = { ...request, options: { ...request.options, checkpointSeconds: 0 }, runId: 'without room' };
  const losses: number[] = [];
  const first = engine.train({ ...often, yields: true }, (event: RunEvent) => {
    if (event.kind !== 'step') return;
    losses.push(event.loss);
    if (event.step === 2)
      vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockRejectedValue(new DOMException('spent', 'QuotaExceededError'));
  });
  await expect(first).rejects.toMatchObject({ code: 'storage-full' });
  expect(losses).toHaveLength(2);
  vi.restoreAllMocks();
  const second = await runTo(engine, often);
  expect(second.end).toBe('finished');
  expect([...losses, ...second.losses]).toEqual(whole.losses);
  await engine.closeModel();
}, 400_000);

it('rests when captions are asked for in the middle, has the same losses, and ends where another model was opened meanwhile', async () => {
  const pictures = await samples();
  const request = { options: shortRun(), pictures, validation: [] };
  const engine = await openEngine();
  const [coffee] = pictures;
  const captionOne = async (jobId: string): Promise<string> => {
    let text = '';
    const picture = { id: 'coffee', name: 'coffee.jpg', file: coffee?.file ?? new Blob(), prompt: { ...request.options.prompt } };
    await engine.caption({ jobId, pictures: [picture], decoding: { ...defaultDecoding, maxNewTokens: 8 } }, (event) => {
      if (event.kind === 'done') text = event.captions[0]?.text ?? '';
    });
    return text;
  };
  const alone = await captionOne('alone');
  const losses: number[] = [];
  const seen: string[] = [];
  let meanwhile: Promise<string> | undefined;
  const hear = (event: RunEvent): void => {
    if (event.kind === 'resting') seen.push('rests');
    if (event.kind !== 'step') return;
    seen.push(`step ${String(event.step)}`);
    losses.push(event.loss);
    if (event.step === 2) meanwhile = captionOne('meanwhile').finally(() => seen.push('caption'));
  };
  const outcome = await engine.train({ ...request, runId: 'in turns', yields: true }, hear);
  expect(outcome).toMatchObject({ end: 'finished', stepsDone: 4 });
  expect(seen).toEqual(['step 1', 'step 2', 'rests', 'caption', 'step 3', 'step 4']);
  expect(await meanwhile).toBe(alone);
  expect(losses).toEqual((await runTo(engine, { ...request, runId: 'in one go' })).losses);

  const reopened = await engine.train({ ...request, runId: 'reopened', yields: true }, (event) => {
    if (event.kind === 'step' && event.step === 1)
      void engine.openModel({ source: { kind: 'embedded' }, backend: 'wasm' }, () => undefined);
  });
  expect(reopened).toMatchObject({ end: 'finished', stepsDone: 4 }); // the same model: it went on from its checkpoint
  const closed = await engine.train({ ...request, runId: 'closed', yields: true }, (event) => {
    if (event.kind === 'step' && event.step === 2) void engine.closeModel();
  });
  expect(closed).toMatchObject({ end: 'paused', stepsDone: 2 });
}, 400_000);
