/** @file Gradients layer by layer: keeps one value a layer while going forward, and computes the rest again while going back. */

import { noiseShift } from '../../../core/adapter/dropout.ts';
import { rankOf } from '../../../core/adapter/spec.ts';
import { present } from '../../../core/error.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';
import { elementCount } from '../../../core/tensor/shape.ts';
import { decoderPrefix } from '../../../../models/decoder/layer.ts';
import { rotationOf, type BatchSizes } from '../../../../models/decoder/train-batch.ts';
import type { TrainedModel } from '../../../../models/decoder/train-forward.ts';
import {
  headGraph,
  layerBackward,
  layerForward,
  prefixName,
  startBackward,
  startForward,
  type LayeredPlan,
} from '../../../../models/decoder/train-layers.ts';
import { nextName, sumName } from '../../../../models/decoder/train-step.ts';
import { decoderSites } from '../../../../models/decoder/sites.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session, WeightReader } from '../../runtime.ts';
import { drawNoise } from './draw-noise.ts';
import type { TrainBatch } from '../data/train-batch.ts';

/** What gradients are computed from. */
export interface LayeredRequest {
  readonly runtime: Runtime;
  readonly weights: WeightReader;
  readonly trained: TrainedModel;
  readonly plan: Omit<LayeredPlan, 'sizes'>;
  readonly seed: number;
}

/** Computes gradients with memory for one layer. */
export interface LayeredGradients {
  /** Gives the batch's share of the loss, and the sums of gradients, longer by the batch; the sums that came in are freed. Noise is drawn from a stream. */
  add(batch: TrainBatch, stream: number, state: { readonly held: DeviceTensors; readonly sums: DeviceTensors }): Promise<GradientSums>;
  close(): Promise<void>;
}

/** Sums of gradients after a batch. */
export interface GradientSums {
  readonly loss: DeviceTensor;
  readonly sums: DeviceTensors;
}

interface Part {
  readonly session: Session;
  readonly graph: Graph;
  /** The layer whose names the graph has. */
  readonly namedFor: number;
}

/** Prepares the sessions as they are needed: one graph a kind of layer, bound to the weights of each. */
export function openLayeredGradients({ runtime, weights, trained, plan, seed }: LayeredRequest): LayeredGradients {
  const { decoder } = trained.model;
  const ranks = layerRanks(trained, plan);
  const kinds = layerKinds(ranks);
  const graphs = new Map<string, Graph | null>();
  const parts = new Map<string, Promise<Part>>();
  const graphOf = (key: string, build: () => Graph | null): Graph | null => {
    if (!graphs.has(key)) graphs.set(key, build());
    return graphs.get(key) ?? null;
  };
  const openPart = (key: string, graph: Graph, namedFor: number): Promise<Part> => {
    const known = parts.get(key);
    if (known) return known;
    const keepOnDevice = graph.outputs.map(({ name }) => name).filter((name) => name !== 'loss');
    const opened = runtime
      .createSession({ graph, weights, keepOnDevice, sharesWeights: true })
      .then((session) => ({ session, graph, namedFor }));
    parts.set(key, opened);
    return opened;
  };
  const fixedPart = (kind: string, sizes: BatchSizes, build: () => Graph | null): Promise<Part> | null => {
    const key = `${kind}:${Object.values(sizes).join(',')}`;
    const graph = graphOf(key, build);
    return graph && openPart(key, graph, 0);
  };
  const layerPart = (kind: 'forward' | 'back', layer: number, sizes: BatchSizes): Promise<Part> => {
    const first = present(kinds[layer], 'a layer has no kind');
    const key = `${kind}:${Object.values(sizes).join(',')}`;
    const own = { ...plan, sizes };
    const graph = graphOf(`${key}:${String(first)}`, () =>
      kind === 'forward' ? layerForward(trained, own, first) : layerBackward(trained, own, first).graph,
    );
    return openPart(`${key}:${String(layer)}`, movedTo(present(graph, 'no graph'), first, layer), first);
  };
  const run = ({ session, graph, namedFor }: Part, layer: number, feeds: DeviceTensors): Promise<DeviceTensors> =>
    session.run(
      Object.fromEntries(graph.inputs.map(({ name }) => [name, present(feeds[moved(name, namedFor, layer)], `no ${name} is fed`)])),
    );

  return {
    add: async (batch, stream, { held, sums }) => {
      const { sizes } = batch;
      const own = { ...plan, sizes };
      const turns = rotationOf(present(batch.inputs['positions'], 'no positions'), decoder);
      const hosted = uploadAll(runtime, { ...batch.inputs, ...turns });
      const noises = (graph: Graph, layer: number): Record<string, DeviceTensor> => {
        const drawn = graph.inputs.filter(({ name }) => name.startsWith('noise.'));
        // Each layer's graph counts its modules from 0; the shift goes on where the layer before ended, as in the graph of the whole step.
        const before = ranks.slice(0, layer).flat();
        const shift = noiseShift(before.filter((rank) => rank !== null).length);
        const tensors = drawn.map(({ name, shape }) => [name, drawNoise(shape.map(Number), seed, stream, shift)] as const);
        return uploadAll(runtime, Object.fromEntries(tensors));
      };
      const shared: DeviceTensors = { ...held, ...hosted, rows: batch.pictures };
      const start = await run(
        await present(
          fixedPart('start', sizes, () => startForward(trained, own)),
          'no start',
        ),
        0,
        shared,
      );
      const prefixOf = (layer: number): DeviceTensors => {
        const prefix = start[prefixName(layer)];
        return prefix ? { prefix } : {};
      };

      const inputs: DeviceTensor[] = [present(start['x'], 'no x')];
      for (let layer = 0; layer < decoder.layers; layer++) {
        const part = await layerPart('forward', layer, sizes);
        const noise = noises(part.graph, layer);
        const outputs = await run(part, layer, { ...shared, ...prefixOf(layer), ...noise, x: present(inputs[layer], 'no x') });
        disposeAll(noise);
        inputs.push(present(outputs['next.x'], 'no x'));
      }
      const last = present(inputs.pop(), 'no x');
      const head = await run(
        await present(
          fixedPart('head', sizes, () => headGraph(trained, own)),
          'no head',
        ),
        0,
        { ...shared, x: last },
      );
      last.dispose();

      let pull = present(head['d.x'], 'no gradient');
      const pulls: Record<string, DeviceTensor> = {};
      let next: DeviceTensors = sums;
      for (let layer = decoder.layers - 1; layer >= 0; layer--) {
        const part = await layerPart('back', layer, sizes);
        const noise = noises(part.graph, layer);
        const x = present(inputs.pop(), 'no x');
        const outputs = await run(part, layer, { ...shared, ...next, ...prefixOf(layer), ...noise, x, 'd.x': pull });
        disposeAll({ ...noise, x, pull });
        pull = present(outputs['next.d.x'], 'no gradient');
        if (outputs['d.prefix']) pulls[`d.${prefixName(layer)}`] = outputs['d.prefix'];
        next = takeSums(next, outputs, (name) => moved(name, part.namedFor, layer));
      }
      const back = fixedPart('start-back', sizes, () => startBackward(trained, own)?.graph ?? null);
      if (back) next = takeSums(next, await run(await back, 0, { ...shared, ...next, ...pulls, 'd.x': pull }), (name) => name);
      disposeAll({ ...hosted, ...start, ...pulls, pull });
      return { loss: present(head['loss'], 'no loss'), sums: next };
    },
    close: async () => {
      for (const part of parts.values()) await (await part).session.close();
    },
  };
}

/** Replaces those sums that a part made longer. */
function takeSums(sums: DeviceTensors, outputs: DeviceTensors, nameOf: (name: string) => string): DeviceTensors {
  const taken: Record<string, DeviceTensor> = { ...sums };
  for (const [output, tensor] of Object.entries(outputs)) {
    if (!output.startsWith(nextName(sumName('')))) continue;
    const name = nameOf(output.slice(nextName('').length));
    taken[name]?.dispose();
    taken[name] = tensor;
  }
  return taken;
}

type ModuleRank = ReturnType<typeof rankOf>;

/** Gives the ranks of each layer's modules; null where nothing is learned. */
function layerRanks({ model }: TrainedModel, { method }: LayeredRequest['plan']): readonly (readonly ModuleRank[])[] {
  const isLowRank = method.kind === 'lora' || method.kind === 'dora';
  const modules = [...decoderSites(model.decoder).keys()];
  return Array.from({ length: model.decoder.layers }, (_, layer) => {
    const own = modules.filter((module) => module.startsWith(`${decoderPrefix}.layers.${String(layer)}.`));
    return own.map((module) => (isLowRank ? rankOf(method, module) : null));
  });
}

/** For each layer the first one with the same graph: layers differ where an adapter has other ranks or modules in them. */
function layerKinds(ranks: readonly (readonly ModuleRank[])[]): readonly number[] {
  const keys = ranks.map((own) => JSON.stringify(own));
  return keys.map((key) => keys.indexOf(key));
}

function moved(name: string, from: number, to: number): string {
  return name.replace(`.layers.${String(from)}.`, `.layers.${String(to)}.`);
}

/** The same graph on another layer's weights; values keep their names. */
function movedTo(graph: Graph, from: number, to: number): Graph {
  return { ...graph, weights: graph.weights.map((weight) => ({ ...weight, source: moved(weight.source, from, to) })) };
}

function uploadAll(runtime: Runtime, tensors: Readonly<Record<string, Tensor>>): Record<string, DeviceTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, runtime.upload(tensor)]));
}

function disposeAll(tensors: DeviceTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** Makes sums that nothing was added to. */
export function emptySums(
  runtime: Runtime,
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
): DeviceTensors {
  return Object.fromEntries(
    parameters.map(({ name, shape }) => [sumName(name), runtime.upload(float32(shape, new Float32Array(elementCount(shape))))]),
  );
}
