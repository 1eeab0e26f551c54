/** @file One step of a decoder: from entries of sequences to logits and the longer cache. */

import { StudioError } from '../../core/error.ts';
import { hostRotation } from '../../core/nn/rope.ts';
import { float32, int32 } from '../../core/tensor/tensor.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import type { DeviceTensor, DeviceTensors, Runtime, Session } from '../runtime.ts';
import { disposeAll, presentToPast, requireRow, type DecoderState } from './decoder-cache.ts';

/** The position of padding: beyond all others, so that no query sees it. */
const paddingPosition = 1e9;

/** One entry of a sequence: a token, or a row of `rows` that stands for itself. */
export interface SequenceEntry {
  readonly token: number;
  /** Index into the flattened rows, or -1 for a token. */
  readonly row: number;
}

/** Logits of the rows that were asked for, and the cache after the step. */
export interface DecoderOutput {
  /** @shape each [V] */
  readonly logits: readonly Float32Array[];
  readonly state: DecoderState;
}

/** What a step runs on. */
export interface StepHost {
  readonly runtime: Runtime;
  readonly config: DecoderConfig;
  readonly session: Session;
  /** Fed at every step: what adapters put into their slots. */
  readonly slots: DeviceTensors;
}

/** What a step reads. */
export interface StepRequest {
  /** One list a row of the batch, all of one length; null is padding. */
  readonly entries: readonly (readonly (SequenceEntry | null)[])[];
  readonly rows: DeviceTensor;
  readonly logitRows: readonly number[];
}

/** Runs a step and frees the cache that it was given. */
export type RunStep = (state: DecoderState, request: StepRequest) => Promise<DecoderOutput>;

/** Makes the step of a session. */
export function makeStep({ runtime, config, session, slots }: StepHost): RunStep {
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
    const outputs = await session.run({ ...feeds, rows, ...slots, ...state.cache });
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
