/** @file What learns before the decoder: projector, packing and tower, of the models with one square and of those that cut pictures into tiles. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../../src/core/error.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { openFeatures } from '../../../src/engine/train/data/features.ts';
import { makeBatch } from '../../../src/engine/train/data/make-batch.ts';
import { makeOptimizer } from '../../../src/core/optim/optimizers.ts';
import { planRun } from '../../../src/engine/train/run-plan.ts';
import { initialValues, type ParameterValues } from '../../../src/engine/train/start/initial-values.ts';
import { openStepper, type Stepper } from '../../../src/engine/train/step/stepper.ts';
import type { TrainBatch } from '../../../src/engine/train/data/train-batch.ts';
import { trainedParameters } from '../../../models/decoder/train-step.ts';
import { pictureFeed, type TrainingMethod } from '../../../models/decoder/train-method.ts';
import { pictureFromRgb } from '../../../src/core/image/picture.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { openReference, references } from '../../parity/reference.ts';
import { openTinyModel, tinyOptions, tinyPictures } from './tiny-run.ts';

const families: readonly (readonly [name: string, tower: string, newline: boolean])[] = [
  ['llava-mini', 'an EfficientNet', false],
  ['llava15-vicuna', 'CLIP', false],
  ['llava-interleave-qwen2', 'SigLIP', false],
  ['llava16-vicuna', 'CLIP on tiles', true],
  ['llava-onevision-qwen2', 'SigLIP on tiles', true],
];

async function openFamily(name: string): Promise<{ readonly model: OpenModel; readonly close: () => Promise<void> }> {
  if (name === 'llava-mini') return openTinyModel();
  const reference = present(
    references().find((one) => one.name === name),
    name,
  );
  const model = await openReference(reference, 'fp32', 'float32');
  return { model, close: () => model.close() };
}

/** Pictures of different shapes, so that tiles differ in number. */
const pictures = tinyPictures(3).map((picture, i) => ({
  ...picture,
  load: () => {
    const [width, height] = (
      [
        [40, 30],
        [90, 31],
        [33, 70],
      ] as const
    )[i] ?? [40, 30];
    const random = makeRandom(i + 5);
    return Promise.resolve(
      pictureFromRgb(
        width,
        height,
        Uint8Array.from({ length: width * height * 3 }, () => random.nextUint32() & 255),
      ),
    );
  },
}));
const sgd = makeOptimizer({ kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 });
const full = (reach: 'decoder' | 'projector' | 'tower'): TrainingMethod => ({ kind: 'full', reach });

/** The same three examples, with pictures as a method takes them. */
async function batchFor(model: OpenModel, method: TrainingMethod): Promise<TrainBatch> {
  const options = tinyOptions({ kind: 'full' }, { batchPictures: 3 });
  const plan = planRun(model, options, { pictures, validation: [] });
  const features = await openFeatures({
    model,
    feed: pictureFeed(method),
    pictures,
    store: null,
    onProgress: () => undefined,
    isCancelled: () => false,
  });
  const maker = {
    runtime: model.runtime,
    layout: plan.layout,
    softTokens: 0,
    prefixTokens: 0,
    batchPictures: 3,
    captionsPerPicture: 2,
    tileSide: model.model.vision.imageSize,
  };
  const turns = pictures.map((_, picture) => ({ picture, captions: [0, 1] }));
  return makeBatch({ features, captions: plan.captions }, turns, maker, 20);
}

function stepperOf(model: OpenModel, method: TrainingMethod, parameters: ParameterValues): Promise<Stepper> {
  const trained = { model: model.model, catalog: model.store.catalog };
  const request = {
    runtime: model.runtime,
    weights: model.store,
    trained,
    plan: { method, smoothing: 0 },
    optimizer: sgd,
    clip: null,
    seed: 1,
  };
  return openStepper(request, { step: 0, parameters, slots: new Map() });
}

function startOf(model: OpenModel, method: TrainingMethod): Promise<ParameterValues> {
  return initialValues(trainedParameters({ model: model.model, catalog: model.store.catalog }, method), model.store, 1);
}

describe.each(families)('%s, with %s', (name, _tower, newline) => {
  let opened: Awaited<ReturnType<typeof openFamily>>;
  let model: OpenModel;
  beforeAll(async () => {
    opened = await openFamily(name);
    model = opened.model;
  });
  afterAll(() => opened.close());

  it('has one loss, whether rows, features of the tower or pixels are fed', async () => {
    const losses: number[] = [];
    for (const reach of ['decoder', 'projector', 'tower'] as const) {
      const method = full(reach);
      const stepper = await stepperOf(model, method, await startOf(model, method));
      losses.push(await stepper.lossOf(await batchFor(model, method)));
      await stepper.close();
    }
    const [first = NaN, ...others] = losses;
    expect(first).toBeGreaterThan(1);
    for (const loss of others) expect(Math.abs(loss - first)).toBeLessThan(2e-5 * first);
  });

  it('has the slopes of finite differences in projector and tower', async () => {
    const method = full('tower');
    const start = await startOf(model, method);
    const batch = await batchFor(model, method);
    const stepper = await stepperOf(model, method, start);
    await stepper.step([batch], 1); // one step of rate 1 takes the gradient off
    const { parameters: after } = await stepper.save();
    await stepper.close();
    const parts = {
      tower: 'model.vision_tower.',
      projector: 'model.multi_modal_projector.',
      ...(newline ? { newline: 'model.image_newline' } : {}),
    };
    for (const [part, prefix] of Object.entries(parts)) {
      const own = [...start].filter(([key]) => key.startsWith(prefix));
      const gradients = new Map(own.map(([key, values]) => [key, values.map((value, i) => value - (after.get(key)?.[i] ?? NaN))]));
      for (const [key, gradient] of gradients) if (!isFlat(key)) expect(Math.hypot(...gradient), key).toBeGreaterThan(0);
      const slope = Math.hypot(...[...gradients.values()].map((gradient) => Math.hypot(...gradient)));
      const reach = 2e-3; // along the gradient itself, where the slope is its length
      const moved = async (sign: number): Promise<number> => {
        const there = new Map(start);
        for (const [key, values] of own)
          there.set(
            key,
            values.map((value, i) => value + (sign * reach * (gradients.get(key)?.[i] ?? NaN)) / slope),
          );
        const probe = await stepperOf(model, method, there);
        const loss = await probe.lossOf(batch);
        await probe.close();
        return loss;
      };
      const difference = ((await moved(1)) - (await moved(-1))) / (2 * reach);
      expect(Math.abs(difference - slope), `${part}: ${String(difference)} against ${String(slope)}`).toBeLessThan(0.02 * slope);
    }
  });
});

/** The bias of keys moves all scores of a query alike. */
function isFlat(key: string): boolean {
  return key.endsWith('k_proj.bias');
}
