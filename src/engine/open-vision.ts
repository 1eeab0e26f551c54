/** @file Opens the part of a model that looks: tower and projector, and the packing of tiles where there is one. */

import type { LlavaModel } from '../../models/family.ts';
import { packingGraph } from '../../models/vision/anyres-packing.ts';
import type { WeightStore } from './bundle/weight-store.ts';
import type { Runtime, Session } from './runtime.ts';

/** The sessions that look. */
export interface OpenVision {
  readonly vision: Session;
  /** Packs tiles into rows; null for models that see one square. */
  readonly packer: Session | null;
}

/** Opens the sessions that look. */
export async function openVision(runtime: Runtime, model: LlavaModel, weights: WeightStore): Promise<OpenVision> {
  const keepOnDevice = ['image_features'];
  const vision = await runtime.createSession({ graph: model.vision.graph(weights.catalog), weights, keepOnDevice });
  const { packing } = model.vision;
  if (!packing) return { vision, packer: null };
  const graph = packingGraph(packing, model.decoder.hiddenSize, weights.catalog);
  return { vision, packer: await runtime.createSession({ graph, weights, keepOnDevice }) };
}

/** Closes the sessions that look. */
export async function closeVision({ vision, packer }: OpenVision): Promise<void> {
  await vision.close();
  await packer?.close();
}
