/// <reference types="vite/client" />
/** @file Training in the browser, in wasm and wholly on a GPU, against PyTorch and PEFT: the losses of ten steps from the same start. */
import { describe, expect, it } from 'vitest';
import { memorySource, type FileSet } from '../../src/core/codec/byte-source.ts';
import { present } from '../../src/core/error.ts';
import { makeOptimizer } from '../../src/core/optim/optimizers.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import { openModel, type OpenModel } from '../../src/engine/model.ts';
import { openStepper } from '../../src/engine/train/step/stepper.ts';
import { trainedParameters } from '../../models/decoder/train-step.ts';
import type { Backend } from '../../workers/api.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { readTensors } from '../helpers/tensors.ts';
import { fileName, referenceBatch, referenceFeatures, referenceMethods } from '../parity/training-batch.ts';

const family = 'llava-interleave-qwen2';
const root = '../fixtures/reference/';
const addresses = import.meta.glob<string>(
  [
    '../fixtures/reference/llava-interleave-qwen2/checkpoint/*.{json,safetensors}',
    '../fixtures/reference/training/llava-interleave-qwen2/*',
  ],
  { query: '?url', import: 'default', eager: true },
);

async function fetched(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(present(addresses[root + path], path))).arrayBuffer());
}

const checkpoint: FileSet = {
  name: family,
  list: () => {
    const folder = `${root}${family}/checkpoint/`;
    const inside = Object.keys(addresses).filter((path) => path.startsWith(folder));
    return Promise.resolve(inside.map((path) => path.slice(folder.length)).sort());
  },
  open: async (path) => {
    const full = `${family}/checkpoint/${path}`;
    return addresses[root + full] === undefined ? null : memorySource(path, await fetched(full));
  },
};

async function open(backend: Backend): Promise<OpenModel> {
  const memory = memoryFiles(family);
  await convertCheckpoint(checkpoint, memory.sink, { precision: 'fp32', name: family, source: 'test', licence: 'test' });
  return openModel(await openWebRuntime(backend, { isGpuOnly: true }), await openBundle(memory.files), { policy: 'float32' });
}

interface Golden {
  readonly runs: { readonly sgd: { readonly losses: readonly number[]; readonly learning_rates: readonly number[] } };
}

/** Goes the ten steps and gives our losses beside the reference's. */
async function losses(model: OpenModel, kind: string): Promise<{ readonly got: readonly number[]; readonly wanted: readonly number[] }> {
  const folder = `training/${family}`;
  const golden = JSON.parse(new TextDecoder().decode(await fetched(`${folder}/${kind}.json`))) as Golden;
  const file = await readTensors(memorySource(kind, await fetched(`${folder}/${kind}.safetensors`)));
  const batchFile = await readTensors(memorySource('batch', await fetched(`${folder}/batch.safetensors`)));
  const method = present(referenceMethods[kind], kind);
  const trained = { model: model.model, catalog: model.store.catalog };
  const start = new Map(
    trainedParameters(trained, method).map(({ name }) => [name, file.floats(`init.${fileName(name, kind).name}`)] as const),
  );
  const stepper = await openStepper(
    {
      runtime: model.runtime,
      weights: model.store,
      trained,
      plan: { method, smoothing: 0 },
      optimizer: makeOptimizer({ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 }),
      clip: null,
      seed: 1,
    },
    { step: 0, parameters: start, slots: new Map() },
  );
  const batch = referenceBatch({ model, batchFile, features: await referenceFeatures(model, batchFile) }, method, [0, 1, 2]);
  const got: number[] = [];
  for (const rate of golden.runs.sgd.learning_rates) got.push((await stepper.step([batch], rate)).loss);
  got.push(await stepper.lossOf(batch));
  await stepper.close();
  return { got, wanted: golden.runs.sgd.losses };
}

describe.each([
  ['wasm', ['prompt', 'prefix', 'lora', 'dora']],
  ['webgpu', ['lora']], // a GPU in software takes half a minute for each
] as const)('on %s', (backend, kinds) => {
  it.each(kinds)('%s has the losses of the reference', async (kind) => {
    const model = await open(backend);
    const { got, wanted } = await losses(model, kind);
    expect(got).toHaveLength(wanted.length);
    for (const [i, loss] of got.entries()) expect(Math.abs(loss - (wanted[i] ?? NaN))).toBeLessThanOrEqual(1e-4 * (wanted[i] ?? 0) + 1e-5);
    expect(present(got.at(-1), 'no loss')).toBeLessThan(present(got[0], 'no loss'));
    await model.close();
  });
});
