/** @file Sums over the rows of frozen weights and of changes, computed where the weights are held; what depends on no adapter is kept. */

import { present, StudioError } from '../../core/error.ts';
import { weightKey } from '../../core/nn/weights.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import { changeSums, factorName } from '../../../models/decoder/change-sums.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { decoderSites, type DecoderSite } from '../../../models/decoder/sites.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import { disposeAll } from '../caption/decoder-cache.ts';
import type { DeviceTensor, Runtime, Session } from '../runtime.ts';
import { graphWeightBytes } from '../weight-bytes.ts';
import { rowSquares, type Factors, type RowSums } from './dora-gain.ts';

/** Where weights belong to sessions, one that is kept may hold this much of them once more. @unit bytes */
const mostCopiedBytes = 100e6;

/** Gives the sums that DoRAs on the decoder of one open model need. */
export interface RowSummer {
  /**
   * Sums over rows of the modules' weights and changes. The first call for a set of modules opens a session and reads their weights;
   * every later one runs the session.
   */
  sumsOf(changes: ReadonlyMap<string, Factors>): Promise<ReadonlyMap<string, RowSums>>;
  close(): Promise<void>;
}

interface Host {
  readonly runtime: Runtime;
  readonly config: DecoderConfig;
  readonly store: WeightStore;
}

/** A session for some modules. */
interface Summing {
  readonly key: string;
  readonly session: Session;
}

/**
 * Makes what sums rows; nothing is read or opened before it is asked.
 *
 * @param mostBytes how much of the weights a session may hold once more @unit bytes
 */
export function makeRowSummer(host: Host, mostBytes = mostCopiedBytes): RowSummer {
  const squares = new Map<string, Float64Array>();
  let kept: Summing | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const letGo = async (): Promise<void> => {
    const gone = kept;
    kept = null;
    await gone?.session.close();
  };
  const sessionOf = async (sites: readonly DecoderSite[]): Promise<Session> => {
    const key = keyOf(sites);
    if (kept?.key === key) return kept.session;
    await letGo();
    kept = { key, session: await openSession(host, sites) };
    return kept.session;
  };
  const sum = async (changes: ReadonlyMap<string, Factors>): Promise<ReadonlyMap<string, RowSums>> => {
    const sums = new Map<string, RowSums>();
    const all = sitesOf(host, changes);
    const groups = kept?.key === keyOf(all) ? [all] : groupsThatFit(host, all, mostBytes);
    for (const sites of groups) {
      const found = await runChanges(host.runtime, await sessionOf(sites), sites, changes);
      for (const { module, inputSize } of sites) {
        const weight = squares.get(module) ?? rowSquares(await readWeight(host, module), inputSize);
        squares.set(module, weight);
        sums.set(module, { weight, ...present(found.get(module), `${module} was not summed`) });
      }
    }
    if (groups.length > 1) await letGo();
    return sums;
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  return { sumsOf: (changes) => inTurn(() => sum(changes)), close: () => inTurn(letGo) };
}

/** In the model's order, so that one set of modules has one session. */
function sitesOf({ config }: Host, changes: ReadonlyMap<string, Factors>): readonly DecoderSite[] {
  return [...decoderSites(config).values()].filter(({ module }) => changes.has(module));
}

function keyOf(sites: readonly DecoderSite[]): string {
  return sites.map(({ module }) => module).join();
}

function openSession({ runtime, config, store }: Host, sites: readonly DecoderSite[]): Promise<Session> {
  return runtime.createSession({ graph: changeSums(config, store.catalog, sites), weights: store, sharesWeights: true });
}

/** All at once where sessions share the weights; else so many at a time that their copies stay small. */
function groupsThatFit(
  { runtime, config, store }: Host,
  sites: readonly DecoderSite[],
  mostBytes: number,
): readonly (readonly DecoderSite[])[] {
  if (runtime.backend === 'webgpu') return [sites];
  const groups: DecoderSite[][] = [[]];
  let bytes = 0;
  for (const site of sites) {
    const own = graphWeightBytes(changeSums(config, store.catalog, [site]));
    if (bytes > 0 && bytes + own > mostBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(site);
    bytes += own;
  }
  return groups;
}

type ChangeSums = Omit<RowSums, 'weight'>;

async function runChanges(
  runtime: Runtime,
  session: Session,
  sites: readonly DecoderSite[],
  changes: ReadonlyMap<string, Factors>,
): Promise<ReadonlyMap<string, ChangeSums>> {
  const feeds: Record<string, DeviceTensor> = {};
  for (const { module } of sites) {
    const { a, b, rank, inputSize, outputSize } = present(changes.get(module), `${module} has no factors`);
    feeds[factorName(module, 'a')] = runtime.upload(float32([rank, inputSize], a));
    feeds[factorName(module, 'b')] = runtime.upload(float32([outputSize, rank], b));
  }
  const outputs = await session.run(feeds).finally(() => {
    disposeAll(feeds);
  });
  const read = (name: 'cross' | 'change'): Promise<Float32Array> => runtime.download(present(outputs[name], `the sums have no ${name}`));
  const [cross, change] = [await read('cross'), await read('change')];
  disposeAll(outputs);
  const sums = new Map<string, ChangeSums>();
  let at = 0;
  for (const { module, outputSize } of sites) {
    sums.set(module, { cross: cross.subarray(at, at + outputSize), change: change.subarray(at, at + outputSize) });
    at += outputSize;
  }
  return sums;
}

/** @shape → [N, K], dequantised where it is stored in blocks */
async function readWeight({ store }: Host, module: string): Promise<Float32Array> {
  const weight = await store.read(weightKey(`${module}.weight`, 'plain'));
  if (weight instanceof Float32Array) return weight;
  throw new StudioError('internal', `internal: ${module}.weight was not read as floats`);
}
