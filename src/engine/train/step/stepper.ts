/** @file Holds what is learned where the sessions compute, and moves it on step by step. */

import { present, StudioError } from '../../../core/error.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import type { Parameter } from '../../../core/adapter/parameter.ts';
import type { Optimizer } from '../../../core/optim/optimizer.ts';
import { learningRateAt, type Schedule } from '../../../core/optim/schedule.ts';
import { elementCount } from '../../../core/tensor/shape.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';
import { rotationOf } from '../../../../models/decoder/train-batch.ts';
import { pictureFeed } from '../../../../models/decoder/train-method.ts';
import type { TrainedModel, TrainingPlan } from '../../../../models/decoder/train-forward.ts';
import {
  gradientStep,
  lossGraph,
  nextName,
  slotName,
  trainedParameters,
  trainStep,
  updateStep,
} from '../../../../models/decoder/train-step.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session, WeightReader } from '../../runtime.ts';
import { drawNoise, noiseStream } from './draw-noise.ts';
import { initialValues, type ParameterValues } from '../start/initial-values.ts';
import { emptySums, openLayeredGradients } from './layered-gradients.ts';
import type { TrainBatch } from '../data/train-batch.ts';

/** What a step tells. */
export interface StepResult {
  /** Before the update. @unit nats a token */
  readonly loss: number;
  /** The length of all gradients together, before clipping. */
  readonly norm: number;
}

/** Everything that training goes on from. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly parameters: ParameterValues;
  /** Under the names of `slotName`. */
  readonly slots: ParameterValues;
}

/** What is trained, and how. */
export interface StepperRequest {
  readonly runtime: Runtime;
  readonly weights: WeightReader;
  readonly trained: TrainedModel;
  readonly plan: Omit<TrainingPlan, 'sizes'>;
  readonly optimizer: Optimizer;
  /** See `UpdatePlan.clip`. */
  readonly clip: number | null;
  readonly seed: number;
  /** Whether layers are computed again while going back, so that memory does not grow with depth; not for full fine-tuning. */
  readonly recomputes?: boolean;
}

/** Training, one step at a time. */
export interface Stepper {
  readonly parameters: readonly Parameter[];
  /** How many steps were done. */
  stepsDone(): number;
  /**
   * Learns from one batch, or from several as if they were one; their `token_count` is then that of all. The rate is a number, or a
   * schedule that is read at the steps done, so that resumed training goes on at its place.
   *
   * @throws {StudioError} 'loss-diverged' when loss or gradients are no numbers; what was learned before is kept
   */
  step(batches: readonly TrainBatch[], rate: number | Schedule): Promise<StepResult>;
  /** Gives the loss of a batch without learning from it. */
  lossOf(batch: TrainBatch): Promise<number>;
  /** Brings everything to the host. */
  save(): Promise<TrainingState>;
  /** Gives what is learned where it lies, to be fed to other sessions until the next step. */
  held(): DeviceTensors;
  close(): Promise<void>;
}

/** Begins training, or goes on from a state. Graphs are built for the sizes of batches as they come. */
export async function openStepper(request: StepperRequest, from?: TrainingState): Promise<Stepper> {
  const { runtime, weights, trained, optimizer, clip } = request;
  const update = { optimizer, clip };
  const parameters = trainedParameters(trained, request.plan.method);
  const slotNames = parameters.flatMap(({ name }) => optimizer.slotNames.map((slot) => slotName(slot, name)));
  const start = from?.parameters ?? (await initialValues(parameters, weights, request.seed));
  const shapes = new Map(
    parameters.flatMap(({ name, shape }) => [name, ...optimizer.slotNames.map((slot) => slotName(slot, name))].map((key) => [key, shape])),
  );
  const upload = (name: string, values: Float32Array | undefined): DeviceTensor => {
    const shape = present(shapes.get(name), `${name} has no shape`);
    return runtime.upload(float32(shape, values ?? new Float32Array(elementCount(shape))));
  };
  let step = from?.step ?? 0;
  let held: DeviceTensors = Object.fromEntries([
    ...parameters.map(({ name }) => [name, upload(name, present(start.get(name), `${name} has no start`))] as const),
    ...slotNames.map((name) => [name, upload(name, from?.slots.get(name))] as const),
  ]);

  const { method, ...others } = request.plan;
  const layered =
    request.recomputes === true && method.kind !== 'full'
      ? openLayeredGradients({ runtime, weights, trained, plan: { ...others, method }, seed: request.seed })
      : null;
  const sessions = new Map<string, Promise<OpenGraph>>();
  const open = (key: string, build: () => Graph): Promise<OpenGraph> => {
    const known = sessions.get(key);
    if (known) return known;
    const graph = build();
    const keepOnDevice = graph.outputs.map(({ name }) => name).filter((name) => name.startsWith(nextName('')));
    const opened = runtime
      .createSession({ graph, weights, keepOnDevice, sharesWeights: true })
      .then((session) => ({ session, inputs: graph.inputs.map(({ name, shape }) => ({ name, shape: shape.map(Number) })) }));
    sessions.set(key, opened);
    return opened;
  };
  const run = async (
    graph: OpenGraph,
    feeds: DeviceTensors,
    hosted: Readonly<Record<string, Tensor>>,
    batch = 0,
  ): Promise<DeviceTensors> => {
    const noise = graph.inputs
      .filter(({ name }) => name.startsWith('noise.'))
      .map(({ name, shape }) => [name, drawNoise(shape, request.seed, noiseStream(step, batch))] as const);
    const turns = hosted['positions'] ? rotationOf(hosted['positions'], trained.model.decoder) : {};
    const uploaded = Object.entries({ ...hosted, ...turns, ...Object.fromEntries(noise) }).map(
      ([name, tensor]) => [name, runtime.upload(tensor)] as const,
    );
    const all: DeviceTensors = { ...feeds, ...Object.fromEntries(uploaded) };
    const outputs = await graph.session.run(
      Object.fromEntries(graph.inputs.map(({ name }) => [name, present(all[name], `no ${name} is fed`)])),
    );
    for (const [, tensor] of uploaded) tensor.dispose();
    return outputs;
  };
  const keyOf = (kind: string, batch: TrainBatch): string => `${kind}:${Object.values(batch.sizes).join(',')}`;
  const planOf = (batch: TrainBatch): TrainingPlan => ({ ...request.plan, sizes: batch.sizes });
  const picturesOf = ({ pictures }: TrainBatch): DeviceTensors => ({
    [pictureFeed(request.plan.method)]: pictures,
  });
  const rates = (learningRate: number): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(optimizer.ratesAt(step, learningRate)).map(([name, rate]) => [name, float32([], [rate])]));
  const number = async (outputs: DeviceTensors, name: string): Promise<number> => {
    const tensor = present(outputs[name], `the step gave no ${name}`);
    const value = present((await runtime.download(tensor))[0], `${name} is empty`);
    tensor.dispose();
    return value;
  };
  const take = async (outputs: DeviceTensors, loss: number): Promise<StepResult> => {
    const norm = await number(outputs, 'norm');
    const next = Object.fromEntries(
      Object.keys(held).map((name) => [name, present(outputs[nextName(name)], `the step gave no next ${name}`)]),
    );
    const isSound = Number.isFinite(loss) && Number.isFinite(norm);
    disposeAll(isSound ? held : next);
    if (!isSound) throw divergence(step, loss, norm);
    held = next;
    step++;
    return { loss, norm };
  };

  const stepOnce = async (batch: TrainBatch, learningRate: number): Promise<StepResult> => {
    const graph = await open(keyOf('step', batch), () => trainStep(trained, planOf(batch), update).graph);
    const outputs = await run(graph, { ...held, ...picturesOf(batch) }, { ...batch.inputs, ...rates(learningRate) });
    return take(outputs, await number(outputs, 'loss'));
  };
  const stepOver = async (batches: readonly TrainBatch[], learningRate: number): Promise<StepResult> => {
    let sums = emptySums(runtime, parameters);
    let loss = 0;
    for (const [i, batch] of batches.entries()) {
      if (layered) {
        const added = await layered.add(batch, noiseStream(step, i), { held, sums });
        loss += await number({ loss: added.loss }, 'loss');
        sums = added.sums;
        continue;
      }
      const graph = await open(keyOf('gradients', batch), () => gradientStep(trained, planOf(batch)).graph);
      const outputs = await run(graph, { ...held, ...sums, ...picturesOf(batch) }, batch.inputs, i);
      loss += await number(outputs, 'loss');
      disposeAll(sums);
      sums = Object.fromEntries(Object.keys(sums).map((name) => [name, present(outputs[nextName(name)], `no next ${name}`)]));
    }
    const graph = await open('update', () => updateStep(parameters, update));
    const outputs = await run(graph, { ...held, ...sums }, rates(learningRate));
    disposeAll(sums);
    return take(outputs, loss);
  };
  const downloadAll = async (names: readonly string[]): Promise<ParameterValues> => {
    const values = new Map<string, Float32Array>();
    for (const name of names) values.set(name, (await runtime.download(present(held[name], `no ${name} is held`))).slice());
    return values;
  };
  return {
    parameters,
    stepsDone: () => step,
    step: (batches, rate) => {
      const learningRate = typeof rate === 'number' ? rate : learningRateAt(rate, step);
      return batches.length === 1 && !layered ? stepOnce(present(batches[0], 'no batch'), learningRate) : stepOver(batches, learningRate);
    },
    lossOf: async (batch) => {
      const graph = await open(keyOf('loss', batch), () => lossGraph(trained, planOf(batch)));
      return number(await run(graph, { ...held, ...picturesOf(batch) }, batch.inputs), 'loss');
    },
    held: () => Object.fromEntries(parameters.map(({ name }) => [name, present(held[name], `no ${name} is held`)])),
    save: async () => ({ step, parameters: await downloadAll(parameters.map(({ name }) => name)), slots: await downloadAll(slotNames) }),
    close: async () => {
      disposeAll(held);
      await layered?.close();
      for (const opened of sessions.values()) await (await opened).session.close();
    },
  };
}

interface OpenGraph {
  readonly session: Session;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

function divergence(step: number, loss: number, norm: number): StudioError {
  return new StudioError(
    'loss-diverged',
    `training: at step ${String(step + 1)} the loss is ${String(loss)} and the gradients' length ${String(norm)}; lower the learning rate, or clip gradients`,
    { details: { step, loss, norm } },
  );
}

function disposeAll(tensors: DeviceTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
