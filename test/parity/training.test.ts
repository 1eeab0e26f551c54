/** @file Training in Node against PyTorch and PEFT: first loss and gradients, ten steps of both optimisers, accumulation. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/error.ts';
import { makeOptimizer } from '../../src/core/optim/optimizers.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { openStepper, type Stepper } from '../../src/engine/train/step/stepper.ts';
import type { TrainBatch } from '../../src/engine/train/data/train-batch.ts';
import { initialValues, type ParameterValues } from '../../src/engine/train/start/initial-values.ts';
import type { TrainingMethod } from '../../models/decoder/train-method.ts';
import { expectClose } from '../helpers/to-be-close.ts';
import { readTensorFile, type TensorFile } from '../helpers/tensor-file.ts';
import { openReference, referenceFolder, references } from './reference.ts';
import { fileName, referenceBatch, referenceFeatures, referenceMethods, type ReferenceFeatures } from './training-batch.ts';

interface Run {
  readonly losses: readonly number[];
  readonly learning_rates: readonly number[];
  readonly grad_norms: readonly number[];
  readonly final_norms?: Readonly<Record<string, number>>;
}

interface Golden {
  readonly loss: number;
  readonly grad_norm: number;
  readonly grad_norms_by_tensor: Readonly<Record<string, number>>;
  readonly runs: { readonly sgd: Run; readonly adamw: Run; readonly adamw_accumulated?: Run };
}

const sgd = makeOptimizer({ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 });
const adamw = makeOptimizer({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 });
/** Moves each parameter by its gradient, so that two downloads tell it. */
const revealing = makeOptimizer({ kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 });

const trained = references().filter(({ name }) => existsSync(join(referenceFolder, 'training', name)));

it('has a reference to train', () => {
  expect(trained.length).toBeGreaterThanOrEqual(1);
});

function asInFile(values: Float32Array, shape: readonly number[], isTurned: boolean): Float32Array {
  if (!isTurned) return values;
  const [rows = 1, columns = 1] = shape;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN);
}

describe.each(trained)('$name', (reference) => {
  const folder = join(referenceFolder, 'training', reference.name);
  let model: OpenModel;
  let batchFile: TensorFile;
  let features: ReferenceFeatures;
  beforeAll(async () => {
    model = await openReference(reference, 'fp32', 'float32');
    batchFile = await readTensorFile(join(folder, 'batch.safetensors'));
    features = await referenceFeatures(model, batchFile);
  });
  afterAll(() => model.close());

  const batchOf = (method: TrainingMethod, indices: readonly number[], tokenCount?: number): TrainBatch =>
    referenceBatch({ model, batchFile, features }, method, indices, tokenCount);

  describe.each(Object.entries(referenceMethods))('%s', (kind, method) => {
    const golden = JSON.parse(readFileSync(join(folder, `${kind}.json`), 'utf8')) as Golden;
    let file: TensorFile;
    beforeAll(async () => {
      file = await readTensorFile(join(folder, `${kind}.safetensors`));
    });

    async function open(optimizer: typeof sgd, clip: number | null): Promise<Stepper> {
      const request = {
        runtime: model.runtime,
        weights: model.store,
        trained: { model: model.model, catalog: model.store.catalog },
        plan: { method, smoothing: 0 },
        optimizer,
        clip,
        seed: 1,
      };
      if (kind === 'full') return openStepper(request);
      const probe = await openStepper(request);
      const parameters = new Map(probe.parameters.map(({ name }) => [name, file.floats(`init.${fileName(name, kind).name}`)]));
      await probe.close();
      return openStepper(request, { step: 0, parameters, slots: new Map() });
    }

    /** Values of all parameters as the reference stores them, or lengths where it stores only these. */
    function expectParameters(
      stepper: Stepper,
      values: ParameterValues,
      prefix: string,
      tolerance: (largest: number) => { rtol: number; atol: number },
    ): void {
      for (const { name, shape } of stepper.parameters) {
        const { name: stored, isTurned } = fileName(name, kind);
        if (!file.names().includes(`${prefix}.${stored}`)) continue;
        const wanted = file.floats(`${prefix}.${stored}`);
        const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expectClose(asInFile(present(values.get(name), name), shape, isTurned), wanted, tolerance(largest), `${prefix} ${name}`);
      }
    }

    it('has the loss and the gradients of the reference', async () => {
      const stepper = await open(revealing, null);
      const before = kind === 'full' ? await initialValues(stepper.parameters, model.store, 1) : (await stepper.save()).parameters;
      const { loss, norm } = await stepper.step([batchOf(method, [0, 1, 2])], 1);
      const after = (await stepper.save()).parameters;
      const gradients = new Map(
        [...before].map(([name, values]) => [name, values.map((value, i) => value - (after.get(name)?.[i] ?? Number.NaN))]),
      );
      expectClose([loss], [golden.loss], { rtol: 1e-5, atol: 1e-5 }, 'loss');
      expectClose([norm], [golden.grad_norm], { rtol: 1e-3, atol: 1e-6 }, 'norm');
      expect(stepper.parameters.map(({ name }) => fileName(name, kind).name).sort()).toEqual(
        Object.keys(golden.grad_norms_by_tensor).sort(),
      );
      for (const [name, values] of gradients) {
        const wanted = golden.grad_norms_by_tensor[fileName(name, kind).name] ?? Number.NaN;
        expectClose([Math.hypot(...values)], [wanted], { rtol: 1e-3, atol: 1e-6 + 1e-4 * wanted }, `length of the gradient of ${name}`);
      }
      // The difference of two float32 values is the gradient only to their last digit.
      expectParameters(stepper, gradients, 'grad', (largest) => ({ rtol: 1e-3, atol: 1e-6 + 1e-4 * largest }));
      await stepper.close();
    });

    it.each(['sgd', 'adamw'] as const)('goes the ten steps of the reference with %s', async (name) => {
      const run = golden.runs[name];
      const stepper = await open(name === 'sgd' ? sgd : adamw, name === 'sgd' ? null : 1);
      const batch = batchOf(method, [0, 1, 2]);
      const results = [];
      for (const rate of run.learning_rates) results.push(await stepper.step([batch], rate));
      const losses = [...results.map(({ loss }) => loss), await stepper.lossOf(batch)];
      expectClose(losses, run.losses, { rtol: name === 'sgd' ? 1e-4 : 1e-3, atol: 1e-5 }, 'losses');
      expectClose(
        results.map(({ norm }) => norm),
        run.grad_norms,
        { rtol: 1e-3, atol: 1e-6 },
        'norms',
      );
      const { parameters } = await stepper.save();
      for (const [tensor, wanted] of Object.entries(run.final_norms ?? {})) {
        const [key] = [...parameters.keys()].filter((parameter) => fileName(parameter, kind).name === tensor);
        expectClose(
          [Math.hypot(...present(parameters.get(key ?? ''), tensor))],
          [wanted],
          { rtol: 1e-3, atol: 1e-6 },
          `length of ${tensor}`,
        );
      }
      expectParameters(stepper, parameters, `${name}.final`, () => ({ rtol: 1e-3, atol: name === 'sgd' ? 1e-5 : 2e-4 }));
      await stepper.close();
    });

    const { adamw_accumulated: accumulated } = golden.runs;
    if (accumulated)
      it('accumulates three batches of one as the reference does', async () => {
        const stepper = await open(adamw, 1);
        const total = [0, 1, 2].reduce((sum, index) => sum + batchOf(method, [index]).sizes.labels, 0);
        const batches = [0, 1, 2].map((index) => batchOf(method, [index], total));
        const results = [];
        for (const rate of accumulated.learning_rates) results.push(await stepper.step(batches, rate));
        expectClose(
          results.map(({ loss }) => loss),
          accumulated.losses.slice(0, 10),
          { rtol: 1e-3, atol: 1e-5 },
          'losses',
        );
        expectClose(
          results.map(({ norm }) => norm),
          accumulated.grad_norms,
          { rtol: 1e-3, atol: 1e-6 },
          'norms',
        );
        await stepper.close();
      });
  });
});
