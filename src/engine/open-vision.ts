/** @file Opens the part of a model that looks: tower and projector, and the packing of tiles where there is one. */

import { feedWeights, type Graph, type Weight } from '../core/graph/graph.ts';
import type { WeightCatalog } from '../core/nn/weights.ts';
import type { LlavaModel } from '../../models/family.ts';
import { packingGraph } from '../../models/vision/anyres-packing.ts';
import type { WeightStore } from './bundle/weight-store.ts';
import type { DeviceTensors, Runtime, Session } from './runtime.ts';
import { graphWeightBytes } from './weight-bytes.ts';

/** The sessions that look. */
export interface OpenVision {
  readonly vision: Session;
  /** Packs tiles into rows; null for models that see one square. */
  readonly packer: Session | null;
}

/** A session that holds weights of its own has packed them for its kernels, and had them in memory twice on the way; a tower above this must not. @unit bytes */
const largeTowerBytes = 100e6;

/** Opens the sessions that look; a large tower's weights lie beside those of other sessions. */
export async function openVision(runtime: Runtime, model: LlavaModel, weights: WeightStore): Promise<OpenVision> {
  const [vision, packing] = visionGraphs(model, weights.catalog);
  const open = (graph: Graph): Promise<Session> => {
    const sharesWeights = graphWeightBytes(graph) > largeTowerBytes;
    return runtime.createSession({ graph, weights, sharesWeights, keepOnDevice });
  };
  return { vision: await open(vision), packer: packing && (await open(packing)) };
}

/** Closes the sessions that look. */
export async function closeVision({ vision, packer }: OpenVision): Promise<void> {
  await vision.close();
  await packer?.close();
}

/** Weights of the part that looks in whose place others are fed. */
export interface VisionChange {
  readonly catalog: WeightCatalog;
  /** Tells of a weight's key whether another is fed in its place. */
  readonly isFed: (source: string) => boolean;
}

/** Sessions that look with weights which they are fed. */
export interface FedVision {
  /** Gives the sessions with what they are fed; it stays the caller's. */
  feed(placed: (fed: readonly Weight[]) => Promise<DeviceTensors>): Promise<OpenVision>;
  close(): Promise<void>;
}

/** Opens sessions that serve every set of weights in the place of the same ones. */
export async function openFedVision({ runtime, model, store }: VisionHost, { catalog, isFed }: VisionChange): Promise<FedVision> {
  const [seeing, packing] = visionGraphs(model, catalog);
  const open = async (whole: Graph): Promise<FedSession> => {
    const { graph, fed } = feedWeights(whole, isFed);
    const sharesWeights = graphWeightBytes(graph) > largeTowerBytes;
    return { session: await runtime.createSession({ graph, weights: store, sharesWeights, keepOnDevice }), fed };
  };
  const vision = await open(seeing);
  const packer = packing && (await open(packing));
  return {
    feed: async (placed) => ({
      vision: withFeeds(vision.session, await placed(vision.fed)),
      packer: packer && withFeeds(packer.session, await placed(packer.fed)),
    }),
    close: () => closeVision({ vision: vision.session, packer: packer && packer.session }),
  };
}

interface VisionHost {
  readonly runtime: Runtime;
  readonly model: LlavaModel;
  readonly store: WeightStore;
}

interface FedSession {
  readonly session: Session;
  readonly fed: readonly Weight[];
}

const keepOnDevice = ['image_features'];

function visionGraphs({ vision, decoder }: LlavaModel, catalog: WeightCatalog): readonly [Graph, Graph | null] {
  const { packing } = vision;
  return [vision.graph(catalog), packing && packingGraph(packing, decoder.hiddenSize, catalog)];
}

function withFeeds(session: Session, feeds: DeviceTensors): Session {
  return { ...session, run: (inputs) => session.run({ ...inputs, ...feeds }) };
}
