/** @file Runs a decoder step by step: feeds tokens and picture rows, keeps the key/value cache where the sessions compute. */

import type { Graph } from '../../core/graph/graph.ts';
import { float32, int32 } from '../../core/tensor/tensor.ts';
import { nullAdapter } from '../../core/nn/adapter.ts';
import { StudioError } from '../../core/error.ts';
import { hostRotation } from '../../core/nn/rope.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { cacheName, cacheReorder, decoderStep } from '../../../models/decoder/step.ts';
import type { WeightStore } from '../bundle/weight-store.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session } from '../runtime.ts';

/** The position of padding: beyond all others, so that no query sees it. */
const paddingPosition = 1e9;
/** Positions run at once while the prompt is read; longer prompts go in chunks, so that scores stay small. */
const chunkPositions = 256;

/** One entry of a sequence: a token, or a row of `rows` that stands for itself. */
export interface SequenceEntry {
  readonly token: number;
  /** Index into the flattened rows, or -1 for a token. */
  readonly row: number;
}

/** The cache after some steps; give it to the next step or to `drop`, once. */
export interface DecoderState {
  readonly cache: DeviceTensors;
  /** Positions of all cached keys, one list a row of the batch; padding included. */
  readonly keyPositions: readonly (readonly number[])[];
  /** The next position of each row of the batch. */
  readonly nextPositions: readonly number[];
}

/** Logits of the rows that were asked for, and the cache after the step. */
export interface DecoderOutput {
  /** @shape each [V] */
  readonly logits: readonly Float32Array[];
  readonly state: DecoderState;
}

/** A decoder that is ready to run. */
export interface Decoder {
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
  close(): Promise<void>;
}

/** Opens the sessions of a decoder. */
export async function openDecoder(runtime: Runtime, config: DecoderConfig, store: WeightStore): Promise<Decoder> {
  const open = (graph: Graph, sharesWeights: boolean): Promise<Session> =>
    runtime.createSession({ graph, weights: store, sharesWeights, keepOnDevice: cacheNames(config, 'present') });
  const step = await open(decoderStep(config, store.catalog, nullAdapter), true);
  const reordering = await open(cacheReorder(config), false);
  const noRows = runtime.upload(float32([1, 1, config.hiddenSize], new Float32Array(config.hiddenSize)));
  const run = makeStep({ runtime, config, session: step });
  return {
    prefill: async (sequences, rows, options) => {
      const length = Math.max(...sequences.map((sequence) => sequence.length));
      let output: DecoderOutput = {
        logits: [],
        state: emptyState(
          runtime,
          config,
          sequences.map((sequence) => sequence.length - length),
        ),
      };
      const logits: Float32Array[] = [];
      for (let start = 0; start < length; start += chunkPositions) {
        const end = Math.min(start + chunkPositions, length);
        const entries = sequences.map((sequence) => range(start, end).map((i) => sequence[i - (length - sequence.length)] ?? null));
        const wanted = options?.allLogits
          ? range(0, (end - start) * sequences.length)
          : end === length
            ? sequences.map((_, b) => (b + 1) * (end - start) - 1)
            : [0];
        output = await run(output.state, { entries, rows, logitRows: wanted });
        if (options?.allLogits || end === length) logits.push(...output.logits);
      }
      return { logits, state: output.state };
    },
    advance: (state, tokens) =>
      run(state, { entries: tokens.map((token) => [{ token, row: -1 }]), rows: noRows, logitRows: tokens.map((_, b) => b) }),
    reorder: async (state, parents) => {
      const index = runtime.upload(int32([parents.length], parents));
      const outputs = await reordering.run({ ...state.cache, parents: index });
      disposeAll(state.cache);
      index.dispose();
      const pick = <T>(list: readonly T[]): readonly T[] => parents.map((parent) => requireRow(list, parent));
      return { cache: presentToPast(config, outputs), keyPositions: pick(state.keyPositions), nextPositions: pick(state.nextPositions) };
    },
    drop: (state) => {
      disposeAll(state.cache);
    },
    close: async () => {
      noRows.dispose();
      await step.close();
      await reordering.close();
    },
  };
}

interface StepHost {
  readonly runtime: Runtime;
  readonly config: DecoderConfig;
  readonly session: Session;
}

interface StepRequest {
  /** One list a row of the batch, all of one length; null is padding. */
  readonly entries: readonly (readonly (SequenceEntry | null)[])[];
  readonly rows: DeviceTensor;
  readonly logitRows: readonly number[];
}

type RunStep = (state: DecoderState, request: StepRequest) => Promise<DecoderOutput>;

function makeStep({ runtime, config, session }: StepHost): RunStep {
  return async (state, { entries, rows, logitRows }) => {
    const [B, S] = [entries.length, entries[0]?.length ?? 0];
    const flat = entries.flat();
    const positions = entries.map((row, b) => row.map((_, s) => requireRow(state.nextPositions, b) + s));
    // Padding stands left of position 0, where its own queries still need a place; its keys are put out of sight.
    const keyPositions = entries.map((row, b) => [
      ...requireRow(state.keyPositions, b),
      ...row.map((entry, s) => (entry ? requireRow(positions[b] ?? [], s) : paddingPosition)),
    ]);
    const queryPositions = positions.flat().map((position) => Math.max(position, 0));
    const half = config.headWidth / 2;
    const rotation = hostRotation(queryPositions, { headWidth: config.headWidth, theta: config.ropeTheta });
    const feeds = {
      input_ids: runtime.upload(
        int32(
          [B, S],
          flat.map((entry) => entry?.token ?? 0),
        ),
      ),
      row_index: runtime.upload(
        int32(
          [B, S],
          flat.map((entry) => Math.max(entry?.row ?? 0, 0)),
        ),
      ),
      row_mask: runtime.upload(
        float32(
          [B, S],
          flat.map((entry) => (entry && entry.row >= 0 ? 1 : 0)),
        ),
      ),
      positions: runtime.upload(float32([B, S], queryPositions)),
      rotation_cos: runtime.upload(float32([B, S, half], rotation.cos)),
      rotation_sin: runtime.upload(float32([B, S, half], rotation.sin)),
      key_positions: runtime.upload(float32([B, keyPositions[0]?.length ?? 0], keyPositions.flat())),
      logit_rows: runtime.upload(int32([logitRows.length], logitRows)),
    };
    const outputs = await session.run({ ...feeds, rows, ...state.cache });
    disposeAll(feeds);
    disposeAll(state.cache);
    const { logits } = outputs;
    if (!logits) throw new StudioError('internal', 'internal: the decoder gave no logits');
    const numbers = await runtime.download(logits);
    logits.dispose();
    const V = config.vocabularySize;
    return {
      logits: logitRows.map((_, i) => numbers.subarray(i * V, (i + 1) * V)),
      state: { cache: presentToPast(config, outputs), keyPositions, nextPositions: state.nextPositions.map((position) => position + S) },
    };
  };
}

function cacheNames(config: DecoderConfig, time: 'past' | 'present'): readonly string[] {
  return range(0, config.layers).flatMap((layer) => [cacheName(time, layer, 'key'), cacheName(time, layer, 'value')]);
}

/** An empty cache; a row that starts with padding starts at a negative position, so that its first token has position 0. */
function emptyState(runtime: Runtime, config: DecoderConfig, starts: readonly number[]): DecoderState {
  const [B, H, D] = [starts.length, config.keyValueHeads, config.headWidth];
  const cache = cacheNames(config, 'past').map((name) => {
    const shape = name.endsWith('key') ? [B, H, D, 0] : [B, H, 0, D];
    return [name, runtime.upload(float32(shape, new Float32Array(0)))] as const;
  });
  return { cache: Object.fromEntries(cache), keyPositions: starts.map(() => []), nextPositions: starts };
}

function presentToPast(config: DecoderConfig, outputs: DeviceTensors): DeviceTensors {
  const past = cacheNames(config, 'past');
  return Object.fromEntries(cacheNames(config, 'present').map((name, i) => [past[i] ?? '', requireTensor(outputs, name)]));
}

function requireTensor(tensors: DeviceTensors, name: string): DeviceTensor {
  const found = tensors[name];
  if (!found) throw new StudioError('internal', `internal: the session gave no ${name}`);
  return found;
}

function requireRow<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new StudioError('internal', `internal: no row ${String(index)} of ${String(list.length)}`);
  return found;
}

function disposeAll(tensors: DeviceTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
