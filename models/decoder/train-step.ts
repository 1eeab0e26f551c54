/** @file The graphs of training: one whole step, or its halves where a step has several batches, and the loss alone. */

import type { Parameter } from '../../src/core/adapter/parameter.ts';
import { backward } from '../../src/core/autodiff/backward.ts';
import { present } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { accumulate, clipByGlobalNorm, globalNorm } from '../../src/core/optim/clip.ts';
import type { Optimizer } from '../../src/core/optim/optimizer.ts';
import { trainForward, type TrainedModel, type TrainedValue, type TrainingPlan } from './train-forward.ts';
import type { TrainingMethod } from './train-method.ts';

/** How parameters follow their gradients. */
export interface UpdatePlan {
  readonly optimizer: Optimizer;
  /** The largest length of all gradients together; null leaves them as they are. */
  readonly clip: number | null;
}

/** A graph that learns, and what it learns. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly parameters: readonly Parameter[];
}

/** Gives the name under which a graph takes a slot of the optimiser, such as `mean.…lora_A.weight`. */
export const slotName = (slot: string, parameter: string): string => `${slot}.${parameter}`;
/** Gives the name under which a graph takes the sum of gradients. */
export const sumName = (parameter: string): string => `sum.${parameter}`;
/** Gives the name under which a graph gives what is to be fed under another name in the next run. */
export const nextName = (name: string): string => `next.${name}`;

/**
 * Builds one whole step. Inputs: the batch, the parameters, the optimiser's slots and rates. Outputs: `loss`, `norm` (before clipping), and
 * parameters and slots under their `nextName`.
 */
export function trainStep(model: TrainedModel, plan: TrainingPlan, update: UpdatePlan): TrainingGraph {
  const g = new GraphBuilder('train-step');
  const { loss, trained } = trainForward(g, model, plan, true);
  const gradients = backward(
    g,
    loss,
    trained.map(({ value }) => value),
  );
  return {
    graph: g.finish({ loss, ...updateAll(g, trained, { gradients, update }) }),
    parameters: trained.map(({ parameter }) => parameter),
  };
}

/** Builds the first half of a step of several batches. Outputs: `loss`, this batch's share of it, and the sums of gradients, longer by this batch. */
export function gradientStep(model: TrainedModel, plan: TrainingPlan): TrainingGraph {
  const g = new GraphBuilder('gradient-step');
  const { loss, trained } = trainForward(g, model, plan, true);
  const gradients = backward(
    g,
    loss,
    trained.map(({ value }) => value),
  );
  const names = trained.map(({ parameter }) => sumName(parameter.name));
  const sums = accumulate(
    g,
    names.map((name, i) => g.input(name, 'float32', present(gradients[i], 'no gradient').shape)),
    gradients,
  );
  const outputs = Object.fromEntries(names.map((name, i) => [nextName(name), present(sums[i], 'no sum')]));
  return { graph: g.finish({ loss, ...outputs }), parameters: trained.map(({ parameter }) => parameter) };
}

/** Builds the second half: takes the sums of gradients, gives what `trainStep` gives without `loss`. */
export function updateStep(parameters: readonly Parameter[], update: UpdatePlan): Graph {
  const g = new GraphBuilder('update-step');
  const trained = parameters.map((parameter) => ({ parameter, value: g.input(parameter.name, 'float32', parameter.shape) }));
  const gradients = parameters.map(({ name, shape }) => g.input(sumName(name), 'float32', shape));
  return g.finish(updateAll(g, trained, { gradients, update }));
}

/** Builds the loss alone, without dropout, for captions that are not learned. */
export function lossGraph(model: TrainedModel, plan: TrainingPlan): Graph {
  const g = new GraphBuilder('loss');
  return g.finish({ loss: trainForward(g, model, plan, false).loss });
}

/** Tells what a method learns; it does not depend on the sizes of batches. */
export function trainedParameters(model: TrainedModel, method: TrainingMethod): readonly Parameter[] {
  const sizes = { batch: 1, length: 2, labels: 1, pictures: 1, rowsPerPicture: model.model.vision.rowsPerTile };
  const { trained } = trainForward(new GraphBuilder('parameters'), model, { method, sizes, smoothing: 0 }, false);
  return trained.map(({ parameter }) => parameter);
}

function updateAll(
  g: GraphBuilder,
  trained: readonly TrainedValue[],
  { gradients, update }: { readonly gradients: readonly Value[]; readonly update: UpdatePlan },
): Record<string, Value> {
  const { optimizer, clip } = update;
  const rates = Object.fromEntries(optimizer.rateNames.map((name) => [name, g.input(name, 'float32', [])]));
  const norm = globalNorm(g, gradients);
  const clipped = clip === null ? gradients : clipByGlobalNorm(g, gradients, { norm, largest: clip });
  const outputs: Record<string, Value> = { norm };
  trained.forEach(({ parameter: { name, shape }, value }, i) => {
    const slots = Object.fromEntries(optimizer.slotNames.map((slot) => [slot, g.input(slotName(slot, name), 'float32', shape)]));
    const after = optimizer.update(g, { parameter: value, slots }, { gradient: present(clipped[i], 'no gradient'), rates });
    outputs[nextName(name)] = after.parameter;
    for (const [slot, next] of Object.entries(after.slots)) outputs[nextName(slotName(slot, name))] = next;
  });
  return outputs;
}
