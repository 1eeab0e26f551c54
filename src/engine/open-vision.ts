/** @file Opens the part of a model that looks: tower and projector, and the packing of tiles where there is one. */

import { feedWeights, type Graph, type Weight } from '../core/graph/graph.ts';
import type { LlavaModel } from '../../models/family.ts';
import { packingGraph } from '../../models/vision/anyres-packing.ts';
import type { WeightStore } from './bundle/weight-store.ts';
import type { DeviceTensors, Runtime, Session } from './runtime.ts';
import { graphWeightBytes } from './weight-bytes.ts';
import { noWeightChange, type WeightChange } from './weight-change.ts';

/** The sessions that look. */
export interface OpenVision {
  readonly vision: Session;
  /** Packs tiles into rows; null for models that see one square. */
  readonly packer: Session | null;
}

/** A session that holds weights of its own has packed them for its kernels, and had them in memory twice on the way; a tower above this must not. @unit bytes */
const largeTowerBytes = 100e6;

/** Opens the sessions that look. */
export async function openVision(host: VisionHost): Promise<OpenVision> {
  const { vision, packer } = await openSessions(host, noWeightChange(host.store.catalog));
  return { vision: vision.session, packer: packer && packer.session };
}

/** Closes the sessions that look. */
export async function closeVision({ vision, packer }: OpenVision): Promise<void> {
  await vision.close();
  await packer?.close();
}

/** Sessions that look with weights which they are fed. */
export interface FedVision {
  /** Gives the sessions with what they are fed; it stays the caller's. */
  feed(placed: (fed: readonly Weight[]) => Promise<DeviceTensors>): Promise<OpenVision>;
  close(): Promise<void>;
}

/** Opens sessions that serve every set of weights in the place of the same ones. */
export async function openFedVision(host: VisionHost, change: WeightChange): Promise<FedVision> {
  const { vision, packer } = await openSessions(host, change);
  return {
    feed: async (placed) => ({
      vision: withFeeds(vision.session, await placed(vision.fed)),
      packer: packer && withFeeds(packer.session, await placed(packer.fed)),
    }),
    close: () => closeVision({ vision: vision.session, packer: packer && packer.session }),
  };
}

/** What looks is opened for. */
interface VisionHost {
  readonly runtime: Runtime;
  readonly model: LlavaModel;
  readonly store: WeightStore;
}

interface FedSession {
  readonly session: Session;
  readonly fed: readonly Weight[];
}

interface VisionSessions {
  readonly vision: FedSession;
  readonly packer: FedSession | null;
}

/** A large tower's weights lie beside those of other sessions. */
async function openSessions({ runtime, model, store }: VisionHost, { catalog, isFed }: WeightChange): Promise<VisionSessions> {
  const open = async (whole: Graph): Promise<FedSession> => {
    const { graph, fed } = feedWeights(whole, isFed);
    const sharesWeights = graphWeightBytes(graph) > largeTowerBytes;
    return { session: await runtime.createSession({ graph, weights: store, sharesWeights, keepOnDevice: ['image_features'] }), fed };
  };
  const { packing } = model.vision;
  const vision = await open(model.vision.graph(catalog));
  try {
    return { vision, packer: packing && (await open(packingGraph(packing, model.decoder.hiddenSize, catalog))) };
  } catch (error) {
    await vision.session.close();
    throw error;
  }
}

function withFeeds(session: Session, feeds: DeviceTensors): Session {
  return { ...session, run: (inputs) => session.run({ ...inputs, ...feeds }) };
}
