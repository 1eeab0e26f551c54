/** @file Runs a decoder step by step: feeds tokens and picture rows, keeps the key/value cache where the sessions compute. */

import { feedWeights, type Weight } from '../../core/graph/graph.ts';
import { float32, int32 } from '../../core/tensor/tensor.ts';
import { nullAdapter, type GraphAdapter } from '../../core/nn/adapter.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { cacheReorder, decoderStep } from '../../../models/decoder/step.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import { keepOpen } from '../kept-sessions.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session } from '../runtime.ts';
import { noWeightChange, type WeightChange } from '../weight-change.ts';
import { cacheNames, disposeAll, emptyState, presentToPast, range, requireRow, type DecoderState } from './decoder-cache.ts';
import { makeStep, type DecoderOutput, type RunStep, type SequenceEntry } from './decoder-step.ts';

/** Positions run at once while the prompt is read; longer prompts go in chunks, so that scores stay small. */
const chunkPositions = 256;

/** What an adapter makes of a decoder's graph; the decoder never asks which kind it is. */
export interface DecoderChange {
  /** Two changes with one key have one graph. */
  readonly key: string;
  readonly layers: GraphAdapter;
  /** Where other weights are fed in the place of the base's own. */
  readonly weights?: WeightChange;
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
  /**
   * Gives this decoder with its graph changed; the session of a key is opened once and kept until `forget`.
   *
   * @param feed gives what is fed at every step: the slots of the change, and what stands in the place of these weights; it stays the caller's
   */
  changed(change: DecoderChange, feed: (fed: readonly Weight[]) => Promise<DeviceTensors>): Promise<Decoder>;
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
  readonly sessionOf: (change: DecoderChange) => Promise<StepSession>;
  readonly forget: (key: string) => Promise<void>;
}

interface StepSession {
  readonly session: Session;
  /** Weights that are inputs of it. */
  readonly fed: readonly Weight[];
}

/** Opens the sessions of a decoder. */
export async function openDecoder(runtime: Runtime, config: DecoderConfig, store: WeightStore): Promise<OpenDecoder> {
  const sessions = keepOpen<StepSession>(({ session }) => session.close());
  const sessionOf = ({ key, layers, weights = noWeightChange(store.catalog), hasOwnHead = false }: DecoderChange): Promise<StepSession> =>
    sessions.take(key, async () => {
      const whole = decoderStep(hasOwnHead ? { ...config, isHeadTied: false } : config, weights.catalog, layers);
      const { graph, fed } = feedWeights(whole, weights.isFed);
      return { session: await runtime.createSession({ graph, weights: store, sharesWeights: true, keepOnDevice }), fed };
    });
  const keepOnDevice = cacheNames(config, 'present');
  const plain = await sessionOf({ key: 'plain', layers: nullAdapter });
  const reordering = await runtime.createSession({ graph: cacheReorder(config), weights: store, keepOnDevice });
  const noRows = runtime.upload(float32([1, 1, config.hiddenSize], new Float32Array(config.hiddenSize)));
  const host: Host = { runtime, config, reordering, noRows, sessionOf, forget: (key) => sessions.release(key) };
  return {
    ...makeDecoder(host, makeStep({ runtime, config, session: plain.session, slots: {} }), null),
    close: async () => {
      noRows.dispose();
      await sessions.close();
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
    changed: async (change, feed) => {
      const { session, fed } = await host.sessionOf(change);
      return makeDecoder(host, makeStep({ runtime, config, session, slots: await feed(fed) }), start);
    },
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
