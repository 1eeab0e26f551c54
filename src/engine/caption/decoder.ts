/** @file Runs a decoder step by step: feeds tokens and picture rows, keeps the key/value cache where the sessions compute. */

import { renameSources, type Graph } from '../../core/graph/graph.ts';
import { float32, int32 } from '../../core/tensor/tensor.ts';
import { nullAdapter, type GraphAdapter } from '../../core/nn/adapter.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { cacheReorder, decoderStep } from '../../../models/decoder/step.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session } from '../runtime.ts';
import { cacheNames, disposeAll, emptyState, presentToPast, range, requireRow, type DecoderState } from './decoder-cache.ts';
import { makeStep, type DecoderOutput, type RunStep, type SequenceEntry } from './decoder-step.ts';

/** Positions run at once while the prompt is read; longer prompts go in chunks, so that scores stay small. */
const chunkPositions = 256;

/** What an adapter makes of a decoder's graph; the decoder never asks which kind it is. */
export interface DecoderChange {
  /** Two changes with one key have one graph and one set of weights. */
  readonly key: string;
  readonly layers: GraphAdapter;
  readonly weights: WeightStore;
  /** Names the copy of a weight that is read under a key, where it is not the base's own. */
  readonly keyOf?: (key: string) => string;
  /** Whether the head has weights of its own, although the model's is tied to the embeddings. */
  readonly hasOwnHead?: boolean;
}

/** A decoder that is ready to run. */
export interface Decoder {
  /** Positions that stand before every sequence: a prefix, or soft tokens. */
  readonly startLength: number;
  /** Reads prompts of any lengths, one a row; gives the logits after the last entry of each, or of all entries if asked (one row then). */
  prefill(
    sequences: readonly (readonly SequenceEntry[])[],
    rows: DeviceTensor,
    options?: { readonly allLogits?: boolean },
  ): Promise<DecoderOutput>;
  /** Reads one more token a row. */
  advance(state: DecoderState, tokens: readonly number[]): Promise<DecoderOutput>;
  /** Picks rows of the cache, each any number of times, and frees the old ones. */
  reorder(state: DecoderState, parents: readonly number[]): Promise<DecoderState>;
  /** Frees a cache. */
  drop(state: DecoderState): void;
  /** Gives this decoder with its graph changed; the session of a key is opened once and kept until `forget`. The feeds stay the caller's. */
  changed(change: DecoderChange, feeds: DeviceTensors): Promise<Decoder>;
  /** Closes the session of a key, once for each time that `changed` was called with it; the last closes. */
  forget(key: string): Promise<void>;
  /** Gives this decoder with a state of one row before every sequence; the state stays the caller's. */
  startingFrom(state: DecoderState): Decoder;
}

/** The decoder of an open model, which owns the sessions of all that was made of it. */
export interface OpenDecoder extends Decoder {
  close(): Promise<void>;
}

interface Host {
  readonly runtime: Runtime;
  readonly config: DecoderConfig;
  readonly reordering: Session;
  readonly noRows: DeviceTensor;
  readonly sessionOf: (change: DecoderChange) => Promise<Session>;
  readonly forget: (key: string) => Promise<void>;
}

interface KeptSession {
  readonly session: Promise<Session>;
  users: number;
}

/** Opens the sessions of a decoder. */
export async function openDecoder(runtime: Runtime, config: DecoderConfig, store: WeightStore): Promise<OpenDecoder> {
  const open = (graph: Graph, weights: WeightStore, sharesWeights: boolean): Promise<Session> =>
    runtime.createSession({ graph, weights, sharesWeights, keepOnDevice: cacheNames(config, 'present') });
  const sessions = new Map<string, KeptSession>();
  const sessionOf = ({ key, layers, weights, keyOf, hasOwnHead = false }: DecoderChange): Promise<Session> => {
    const known = sessions.get(key);
    if (known) {
      known.users += 1;
      return known.session;
    }
    const graph = decoderStep(hasOwnHead ? { ...config, isHeadTied: false } : config, weights.catalog, layers);
    const opened = open(keyOf ? renameSources(graph, keyOf) : graph, weights, true);
    sessions.set(key, { session: opened, users: 1 });
    opened.catch(() => sessions.delete(key)); // the next wish tries again
    return opened;
  };
  const forget = async (key: string): Promise<void> => {
    const kept = sessions.get(key);
    if (!kept) return;
    kept.users -= 1;
    if (kept.users > 0) return;
    sessions.delete(key);
    await (await kept.session).close();
  };
  const plain = await sessionOf({ key: 'plain', layers: nullAdapter, weights: store });
  const reordering = await open(cacheReorder(config), store, false);
  const noRows = runtime.upload(float32([1, 1, config.hiddenSize], new Float32Array(config.hiddenSize)));
  const host: Host = { runtime, config, reordering, noRows, sessionOf, forget };
  return {
    ...makeDecoder(host, makeStep({ runtime, config, session: plain, slots: {} }), null),
    close: async () => {
      noRows.dispose();
      for (const { session } of sessions.values()) await (await session).close();
      await reordering.close();
    },
  };
}

function makeDecoder(host: Host, run: RunStep, start: DecoderState | null): Decoder {
  const { runtime, config } = host;
  const startLength = start?.nextPositions[0] ?? 0;
  return {
    startLength,
    prefill: async (sequences, rows, options) => {
      const length = Math.max(...sequences.map((sequence) => sequence.length));
      const shifts = sequences.map((sequence) => sequence.length - length);
      let output: DecoderOutput = { logits: [], state: await beginning(host, start, shifts) };
      const logits: Float32Array[] = [];
      for (let first = 0; first < length; first += chunkPositions) {
        const end = Math.min(first + chunkPositions, length);
        const entries = sequences.map((sequence) => range(first, end).map((i) => sequence[i - (length - sequence.length)] ?? null));
        const wanted = options?.allLogits
          ? range(0, (end - first) * sequences.length)
          : end === length
            ? sequences.map((_, b) => (b + 1) * (end - first) - 1)
            : [0];
        output = await run(output.state, { entries, rows, logitRows: wanted });
        if (options?.allLogits || end === length) logits.push(...output.logits);
      }
      return { logits, state: output.state };
    },
    advance: (state, tokens) =>
      run(state, { entries: tokens.map((token) => [{ token, row: -1 }]), rows: host.noRows, logitRows: tokens.map((_, b) => b) }),
    reorder: async (state, parents) => {
      const picked = await pickRows(host, state, parents);
      disposeAll(state.cache);
      return picked;
    },
    drop: (state) => {
      disposeAll(state.cache);
    },
    changed: async (change, feeds) =>
      makeDecoder(host, makeStep({ runtime, config, session: await host.sessionOf(change), slots: feeds }), start),
    forget: host.forget,
    startingFrom: (state) => makeDecoder(host, run, state),
  };
}

/** A row that starts with padding starts that much earlier, so that its first token has the position that it has alone. */
async function beginning(host: Host, start: DecoderState | null, shifts: readonly number[]): Promise<DecoderState> {
  if (!start) return emptyState(host.runtime, host.config, shifts);
  const copied = await pickRows(
    host,
    start,
    shifts.map(() => 0),
  );
  return { ...copied, nextPositions: copied.nextPositions.map((position, b) => position + requireRow(shifts, b)) };
}

/** Picks rows of a cache and leaves it as it is. */
async function pickRows({ runtime, config, reordering }: Host, state: DecoderState, parents: readonly number[]): Promise<DecoderState> {
  const index = runtime.upload(int32([parents.length], parents));
  const outputs = await reordering.run({ ...state.cache, parents: index });
  index.dispose();
  const pick = <T>(list: readonly T[]): readonly T[] => parents.map((parent) => requireRow(list, parent));
  return { cache: presentToPast(config, outputs), keyPositions: pick(state.keyPositions), nextPositions: pick(state.nextPositions) };
}
