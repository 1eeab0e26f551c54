/** @file Times training steps of one method on the embedded model, the same batch as the PyTorch reference has, and prints them as JSON. */
import { openNodeModel } from '../../src/cli/open-model.ts';
import { decoderModules } from '../../src/core/adapter/spec.ts';
import { present, StudioError } from '../../src/core/error.ts';
import { makeOptimizer } from '../../src/core/optim/optimizers.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { encodePrompt } from '../../src/engine/text/prompt-ids.ts';
import { renderPrompt } from '../../src/engine/text/prompt.ts';
import { openStepper } from '../../src/engine/train/stepper.ts';
import { countPlaces, layOutBatch, type TrainEntry, type TrainExample } from '../../models/decoder/train-batch.ts';
import { pictureFeed, type TrainingMethod } from '../../models/decoder/train-method.ts';

const lowRank = { rank: 8, alpha: 16, isRankStabilized: false, targets: decoderModules, dropout: 0 };
const methods: Readonly<Record<string, TrainingMethod>> = {
  prompt: { kind: 'prompt', tokens: 16 },
  prefix: { kind: 'prefix', tokens: 16, projectionSize: null },
  lora: { kind: 'lora', ...lowRank },
  dora: { kind: 'dora', ...lowRank },
  decoder: { kind: 'full', reach: 'decoder' },
  full: { kind: 'full', reach: 'projector' },
};

const [kind = 'prompt', repeats = '20', way = 'whole'] = process.argv.slice(2);
const method = methods[kind];
if (!method) throw new StudioError('argument-invalid', `${kind}: expected one of ${Object.keys(methods).join(', ')}`);

const batch = 8;
const model = await openNodeModel(undefined);
const { rowsPerTile, projector } = model.model.vision;
const rendered = renderPrompt(model.template, { system: '', prompt: 'Provide a one-sentence caption for the provided image.' });
const ids = encodePrompt(model.tokenizer, rendered);
const sentence = ' A brown dog runs through the grass with a red ball in its mouth.';
const caption = [...model.tokenizer.encode(sentence, { special: false }), ...model.stopIds];
const soft = method.kind === 'prompt' ? Array.from({ length: method.tokens }, (_, i): TrainEntry => ({ row: rowsPerTile + i })) : [];
const tokens = (list: readonly number[]): readonly TrainEntry[] => list.map((token) => ({ token }));
const picture = Array.from({ length: rowsPerTile }, (_, row): TrainEntry => ({ row }));
const example: TrainExample = { start: [...soft, ...tokens(ids.before), ...picture, ...tokens(ids.after)], captions: [caption] };
const examples = Array.from({ length: batch }, () => example);
const { length, labels } = countPlaces(example);
const sizes = { batch, length, labels: labels * batch, pictures: 1, rowsPerPicture: rowsPerTile };
const width = pictureFeed(method) === 'tower_features' ? projector.visionSize : model.model.decoder.hiddenSize;
const values = Float32Array.from({ length: rowsPerTile * width }, (_, i) => Math.sin(i) / 2);

const startMs = performance.now();
const stepper = await openStepper({
  runtime: model.runtime,
  weights: model.store,
  trained: { model: model.model, catalog: model.store.catalog },
  plan: { method, smoothing: 0 },
  optimizer: makeOptimizer({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }),
  clip: null,
  seed: 1,
});
const trainBatch = {
  sizes,
  inputs: layOutBatch(examples, sizes, { prefixTokens: method.kind === 'prefix' ? method.tokens : 0 }),
  pictures: model.runtime.upload(float32([1, rowsPerTile, width], values)),
};
await stepper.step([trainBatch], 1e-3);
const openMs = performance.now() - startMs;
await stepper.step([trainBatch], 1e-3);
const times: number[] = [];
const processorTimes: number[] = [];
for (let i = 0; i < Number(repeats); i++) {
  const stepStartMs = performance.now();
  const used = process.cpuUsage();
  await stepper.step([trainBatch], 1e-3);
  times.push(performance.now() - stepStartMs);
  const { user, system } = process.cpuUsage(used);
  processorTimes.push((user + system) / 1000);
}
await stepper.close();
await model.close();
for (const list of [times, processorTimes]) list.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    method: kind,
    way,
    positions: length,
    medianMs: Math.round(present(times[Math.floor(times.length / 2)], 'no step')),
    bestMs: Math.round(present(times[0], 'no step')),
    processorMs: Math.round(present(processorTimes[Math.floor(processorTimes.length / 2)], 'no step')),
    openMs: Math.round(openMs),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
  }),
);
