/** @file Opens the part of a model that looks: tower and projector, and the packing of tiles where there is one. */

import type { Graph } from '../core/graph/graph.ts';
import type { LlavaModel } from '../../models/family.ts';
import { packingGraph } from '../../models/vision/anyres-packing.ts';
import type { WeightStore } from './bundle/weight-store.ts';
import type { Runtime, Session } from './runtime.ts';
import { graphWeightBytes } from './weight-bytes.ts';

/** The sessions that look. */
export interface OpenVision {
  readonly vision: Session;
  /** Packs tiles into rows; null for models that see one square. */
  readonly packer: Session | null;
}

/** A session that holds weights of its own has packed them for its kernels, and had them in memory twice on the way; a tower above this must not. @unit bytes */
const largeTowerBytes = 100e6;

/**
 * Opens the sessions that look.
 *
 * @param areShared whether the weights are those of other sessions, so that a large tower's may lie beside theirs
 */
export async function openVision(runtime: Runtime, model: LlavaModel, weights: WeightStore, areShared = false): Promise<OpenVision> {
  const open = (graph: Graph): Promise<Session> => {
    const sharesWeights = areShared && graphWeightBytes(graph) > largeTowerBytes;
    return runtime.createSession({ graph, weights, sharesWeights, keepOnDevice: ['image_features'] });
  };
  const vision = await open(model.vision.graph(weights.catalog));
  const { packing } = model.vision;
  return { vision, packer: packing && (await open(packingGraph(packing, model.decoder.hiddenSize, weights.catalog))) };
}

/** Closes the sessions that look. */
export async function closeVision({ vision, packer }: OpenVision): Promise<void> {
  await vision.close();
  await packer?.close();
}
