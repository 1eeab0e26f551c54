/** @file Layers that are computed again while going back: the same numbers as one graph for the whole step. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoderModules } from '../../../src/core/adapter/spec.ts';
import { present } from '../../../src/core/error.ts';
import { makeOptimizer } from '../../../src/core/optim/optimizers.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { batchesOfEpoch } from '../../../src/engine/train/data/data-order.ts';
import { openFeatures } from '../../../src/engine/train/data/features.ts';
import { countLabels, makeBatch, type BatchMaker } from '../../../src/engine/train/data/make-batch.ts';
import type { MethodOptions } from '../../../src/engine/train/options.ts';
import { planRun } from '../../../src/engine/train/run-plan.ts';
import { startValues } from '../../../src/engine/train/start/start-values.ts';
import { openStepper, type TrainingState } from '../../../src/engine/train/step/stepper.ts';
import type { TrainBatch } from '../../../src/engine/train/data/train-batch.ts';
import { trainedParameters } from '../../../models/decoder/train-step.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { openTinyModel, tinyOptions, tinyPictures } from './tiny-run.ts';

let tiny: Awaited<ReturnType<typeof openTinyModel>>;
let model: OpenModel;
beforeAll(async () => {
  tiny = await openTinyModel();
  model = tiny.model;
});
afterAll(() => tiny.close());

const lowRank = { rank: 2, alpha: 4, isRankStabilized: false, dropout: 0 };
const methods: Readonly<Record<string, MethodOptions>> = {
  prompt: { kind: 'prompt', tokens: null, initText: 'what', placement: 'prompt' },
  prefix: { kind: 'prefix', tokens: 3, initText: 'what', projectionSize: null },
  'prefix from a network': { kind: 'prefix', tokens: 3, initText: null, projectionSize: 8 },
  LoRA: { kind: 'lora', ...lowRank, targets: ['q_proj', 'v_proj', 'down_proj'] },
  'LoRA whose layers differ': { kind: 'lora', ...lowRank, targets: ['q_proj', 'down_proj'], rankPattern: { 'layers\\.1\\..*': 3 } },
  DoRA: { kind: 'dora', ...lowRank, targets: ['k_proj', 'up_proj'] },
  'LoRA with dropout': { kind: 'lora', ...lowRank, dropout: 0.3, targets: ['q_proj', 'v_proj', 'down_proj'] },
  'DoRA with dropout in all modules': { kind: 'dora', ...lowRank, dropout: 0.4, targets: decoderModules },
  'LoRA with dropout whose layers differ': {
    kind: 'lora',
    ...lowRank,
    dropout: 0.3,
    targets: ['layers.0.self_attn.q_proj', 'down_proj'],
    rankPattern: { 'layers\\.1\\..*': 3 },
  },
};

interface Steps {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly state: TrainingState;
}

/** Three steps of two batches each. */
async function stepsOf(method: MethodOptions, recomputes: boolean): Promise<Steps> {
  const options = tinyOptions(method, { captionsPerPicture: 3 });
  const pictures = tinyPictures(4);
  const plan = planRun(model, options, { pictures, validation: [] });
  const maker: BatchMaker = {
    ...options,
    runtime: model.runtime,
    layout: plan.layout,
    softTokens: plan.softTokens,
    tileSide: model.model.vision.imageSize,
    prefixTokens: plan.method.kind === 'prefix' ? plan.method.tokens : 0,
  };
  const parts = { model, feed: 'rows', pictures, store: null, onProgress: () => undefined, isCancelled: () => false } as const;
  const data = { features: await openFeatures(parts), captions: plan.captions };
  const trained = { model: model.model, catalog: model.store.catalog };
  const start = new Map(await startValues(model, trainedParameters(trained, plan.method), { options }));
  // B starts at 0, where half of the gradients are 0 too.
  for (const [name, values] of start)
    if (name.endsWith('lora_B.weight'))
      start.set(
        name,
        values.map((_, i) => Math.sin(i) / 10),
      );
  const optimizer = makeOptimizer({ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 });
  const stepper = await openStepper(
    {
      runtime: model.runtime,
      weights: model.store,
      trained,
      plan: { method: plan.method, smoothing: 0 },
      optimizer,
      clip: 1,
      seed: 1,
      recomputes,
    },
    { step: 0, parameters: start, slots: new Map() },
  );
  const turns = batchesOfEpoch(
    plan.captions.map((list) => list.map((ids) => ids.length)),
    0,
    options,
  );
  const tokens = turns.reduce((sum, batch) => sum + countLabels(data, batch), 0);
  const batches: TrainBatch[] = [];
  for (const batch of turns) batches.push(await makeBatch(data, batch, maker, tokens));
  const results = [];
  for (let step = 0; step < 3; step++) results.push(await stepper.step(batches, 0.1));
  const state = await stepper.save();
  await stepper.close();
  return { losses: results.map(({ loss }) => loss), norms: results.map(({ norm }) => norm), state };
}

describe('computing layers again', () => {
  it.each(Object.entries(methods))('gives losses, gradients and parameters of the whole graph: %s', async (_, method) => {
    const [layered, whole] = [await stepsOf(method, true), await stepsOf(method, false)];
    expectClose(layered.losses, whole.losses, { rtol: 1e-5, atol: 1e-6 }, 'losses');
    expectClose(layered.norms, whole.norms, { rtol: 1e-4, atol: 1e-6 }, 'lengths of gradients');
    expect(Math.min(...whole.norms)).toBeGreaterThan(1e-4);
    for (const [name, values] of whole.state.parameters)
      expectClose(present(layered.state.parameters.get(name), name), values, { rtol: 1e-4, atol: 1e-5 }, name);
  });
});
