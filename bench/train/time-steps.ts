/** @file Times training steps of one method, in whatever runs graphs: the batch is the one that the PyTorch reference has. */
import { decoderModules } from '../../src/core/adapter/spec.ts';
import { present, StudioError } from '../../src/core/error.ts';
import { makeOptimizer } from '../../src/core/optim/optimizers.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { encodePrompt } from '../../src/engine/text/prompt-ids.ts';
import { renderPrompt } from '../../src/engine/text/prompt.ts';
import { openStepper } from '../../src/engine/train/step/stepper.ts';
import type { TrainBatch } from '../../src/engine/train/data/train-batch.ts';
import { countPlaces, layOutBatch, type TrainEntry, type TrainExample } from '../../models/decoder/train-batch.ts';
import { pictureFeed, type TrainingMethod } from '../../models/decoder/train-method.ts';

const lowRank = { rank: 8, alpha: 16, isRankStabilized: false, targets: decoderModules, dropout: 0 };

/** The methods as they are measured. */
export const measuredMethods: Readonly<Record<string, TrainingMethod>> = {
  prompt: { kind: 'prompt', tokens: 16 },
  prefix: { kind: 'prefix', tokens: 16, projectionSize: null },
  lora: { kind: 'lora', ...lowRank },
  dora: { kind: 'dora', ...lowRank },
  decoder: { kind: 'full', reach: 'decoder' },
  full: { kind: 'full', reach: 'projector' },
};

/** What was measured. @unit ms, all times */
export interface StepTimes {
  readonly positions: number;
  /** Until the first step is done, building the graph included. */
  readonly openMs: number;
  /** From the shortest. */
  readonly times: readonly number[];
}

/** What is measured. */
export interface StepsAsked {
  readonly kind: string;
  readonly repeats: number;
  /** Of the batch, one caption each; the reference has eight. */
  readonly pictures?: number;
  /** Runs a step and may measure more of it. */
  readonly around?: (step: () => Promise<unknown>) => Promise<unknown>;
}

/** Makes two steps, then measures as many as asked for. */
export async function timeSteps(
  model: OpenModel,
  { kind, repeats, pictures = 8, around = (step) => step() }: StepsAsked,
): Promise<StepTimes> {
  const method = measuredMethods[kind];
  if (!method) throw new StudioError('argument-invalid', `${kind}: expected one of ${Object.keys(measuredMethods).join(', ')}`);
  const { trainBatch, positions } = referenceBatch(model, method, pictures);
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
  const step = (): Promise<unknown> => stepper.step([trainBatch], 1e-3);
  await step();
  const openMs = performance.now() - startMs;
  await step();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const stepStartMs = performance.now();
    await around(step);
    times.push(performance.now() - stepStartMs);
  }
  await stepper.close();
  trainBatch.pictures.dispose();
  return { positions, openMs, times: times.sort((a, b) => a - b) };
}

/** The middle of times that are in order. @unit ms */
export function middleOf(times: readonly number[]): number {
  return present(times[Math.floor(times.length / 2)], 'no step');
}

function referenceBatch(
  model: OpenModel,
  method: TrainingMethod,
  batch: number,
): { readonly trainBatch: TrainBatch; readonly positions: number } {
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
  return {
    positions: length,
    trainBatch: {
      sizes,
      inputs: layOutBatch(examples, sizes, { prefixTokens: method.kind === 'prefix' ? method.tokens : 0 }),
      pictures: model.runtime.upload(float32([1, rowsPerTile, width], values)),
    },
  };
}
