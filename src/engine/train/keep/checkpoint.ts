/** @file Everything that a run goes on from, as one safetensors file. */

import { isJsonObject, parseJsonObject } from '../../../core/codec/json.ts';
import { memorySource } from '../../../core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor } from '../../../core/codec/safetensors.ts';
import { writeSafetensors } from '../../../core/codec/safetensors-write.ts';
import { StudioError } from '../../../core/error.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';
import type { ValidationEvent } from '../events.ts';
import type { ParameterValues } from '../start/initial-values.ts';
import type { TrainOptions } from '../options.ts';
import type { ByteStore } from '../request.ts';
import type { TrainingState } from '../step/stepper.ts';

/** What of a run is not in its parameters. */
export interface RunProgress {
  /** Loss and rate of each step so far. */
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  readonly validations: readonly ValidationEvent[];
  /** Looks without a better score since the last best one. */
  readonly looksWithoutBetter: number;
  /** The step of the best look, null before the first. */
  readonly bestStep: number | null;
}

/** What tells whether a checkpoint belongs to a request: hashes of its parts. */
export interface RunIdentity {
  readonly model: string;
  readonly data: string;
  readonly options: string;
  /** The adapter that it goes on from; null where it began anew, absent in files of earlier versions, which all did. */
  readonly start?: string | null;
}

/** What the parts of an identity are called. */
const identityWords = { model: 'model', data: 'data', options: 'options', start: 'starting adapter' } as const;

/** A run put down. */
export interface Checkpoint {
  readonly identity: RunIdentity;
  readonly options: TrainOptions;
  readonly totalSteps: number;
  readonly progress: RunProgress;
  readonly state: TrainingState;
  /** What the parameters started from. */
  readonly start: ParameterValues;
  /** The parameters of the best look; null where that is the present state, or there was no look. */
  readonly best: ParameterValues | null;
}

/** The name of the file in the host's store. */
export const checkpointName = 'checkpoint.safetensors';
const version = '1';

/** Writes a checkpoint as bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { state, start, best, progress, ...rest } = checkpoint;
  const groups: readonly (readonly [string, ParameterValues | null])[] = [
    ['parameter', state.parameters],
    ['slot', state.slots],
    ['start', start],
    ['best', best],
  ];
  const tensors = new Map<string, Tensor>();
  for (const [group, values] of groups)
    for (const [name, value] of values ?? []) tensors.set(`${group}/${name}`, float32([value.length], value));
  const { losses, rates, ...others } = progress;
  tensors.set('losses', float32([losses.length], losses));
  tensors.set('rates', float32([rates.length], rates));
  return writeSafetensors(tensors, {
    version,
    run: JSON.stringify({ ...rest, progress: others, step: state.step, hasBest: best !== null }),
  });
}

/**
 * Reads a checkpoint.
 *
 * @throws {StudioError} 'file-invalid' when it is damaged or of another version
 */
export async function decodeCheckpoint(bytes: Uint8Array): Promise<Checkpoint> {
  const source = memorySource(checkpointName, bytes);
  const header = await readSafetensorsHeader(source);
  const text = header.metadata.get('run');
  if (header.metadata.get('version') !== version || text === undefined)
    throw new StudioError('file-invalid', `${checkpointName}: was written by another version; begin the training anew`);
  const run = parseJsonObject(checkpointName, new TextEncoder().encode(text));
  const group = async (prefix: string): Promise<ParameterValues> => {
    const values = new Map<string, Float32Array>();
    for (const [name, info] of header.tensors)
      if (name.startsWith(`${prefix}/`)) values.set(name.slice(prefix.length + 1), (await readTensor(source, info)).data as Float32Array);
    return values;
  };
  const series = async (name: string): Promise<readonly number[]> => {
    const info = header.tensors.get(name);
    return info ? Array.from((await readTensor(source, info)).data as Float32Array) : [];
  };
  const { identity, options, totalSteps, progress, step, hasBest } = run;
  if (
    typeof step !== 'number' ||
    typeof totalSteps !== 'number' ||
    !isJsonObject(identity) ||
    !isJsonObject(options) ||
    !isJsonObject(progress)
  )
    throw new StudioError('file-invalid', `${checkpointName}: is damaged; begin the training anew`);
  return {
    // Only this module writes the file, and its bytes are whole: the header has been checked against them.
    identity: identity as unknown as RunIdentity,
    options: options as unknown as TrainOptions,
    totalSteps,
    progress: { ...(progress as unknown as RunProgress), losses: await series('losses'), rates: await series('rates') },
    state: { step, parameters: await group('parameter'), slots: await group('slot') },
    start: await group('start'),
    best: hasBest === true ? await group('best') : null,
  };
}

/** What a screen tells of a run that can be gone on with. */
export type CheckpointSummary = Pick<Checkpoint, 'options' | 'totalSteps' | 'progress'> & { readonly step: number };

/** Looks whether a store has a run that can be gone on with. */
export async function peekCheckpoint(store: ByteStore): Promise<CheckpointSummary | null> {
  const bytes = await store.read(checkpointName);
  if (!bytes) return null;
  const { options, totalSteps, progress, state } = await decodeCheckpoint(bytes);
  return { options, totalSteps, progress, step: state.step };
}

/**
 * Reads the checkpoint of a store if it belongs to this run.
 *
 * @throws {StudioError} 'argument-invalid' saying what has changed since it was put down
 */
export async function loadCheckpoint(store: ByteStore, identity: RunIdentity): Promise<Checkpoint | null> {
  const bytes = await store.read(checkpointName);
  if (!bytes) return null;
  const checkpoint = await decodeCheckpoint(bytes);
  const parts = ['model', 'data', 'options', 'start'] as const;
  const changed = parts.filter((part) => (checkpoint.identity[part] ?? null) !== (identity[part] ?? null));
  if (changed.length > 0) {
    throw new StudioError(
      'argument-invalid',
      `training: cannot go on, since ${changed.map((part) => identityWords[part]).join(' and ')} differ from what it began with; give the same again, or begin anew`,
      { details: { changed } },
    );
  }
  return checkpoint;
}
