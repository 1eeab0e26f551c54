/** @file Everything that a run goes on from, as one safetensors file. */

import { isJsonObject, parseJsonObject } from '../../../core/codec/json.ts';
import { memorySource } from '../../../core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor } from '../../../core/codec/safetensors.ts';
import { planSafetensors, writeSafetensors } from '../../../core/codec/safetensors-write.ts';
import { StudioError } from '../../../core/error.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';
import { sha256 } from '../../bundle/verify.ts';
import type { ValidationEvent } from '../events.ts';
import type { ParameterValues } from '../start/initial-values.ts';
import type { TrainOptions } from '../options.ts';
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

/** Writes a checkpoint as bytes, with a hash of its tensors: nothing else would tell zeros that a power cut left from numbers that were learned. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
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
  const run = JSON.stringify({ ...rest, progress: others, step: state.step, hasBest: best !== null });
  const file = writeSafetensors(tensors, { version, contents: noHash, run });
  const bodyStart = headerLength(file);
  const contents = await sha256(file.subarray(bodyStart));
  const { header } = planSafetensors(
    [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    { version, contents, run },
  );
  file.set(header); // as long as the one that it takes the place of
  return file;
}

/** Stands for a hash that is not known yet. */
const noHash = '0'.repeat(64);

/** @unit bytes */
function headerLength(file: Uint8Array): number {
  return 8 + Number(new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true));
}

/**
 * Reads a checkpoint.
 *
 * @throws {StudioError} 'file-invalid' when it is damaged or of another version
 */
export async function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>): Promise<Checkpoint> {
  const source = memorySource(checkpointName, bytes);
  const header = await readSafetensorsHeader(source);
  const contents = header.metadata.get('contents'); // files of earlier versions have none
  if (contents !== undefined && contents !== (await sha256(bytes.subarray(headerLength(bytes)))))
    throw new StudioError('file-invalid', `${checkpointName}: its numbers are not those that were written`);
  const text = header.metadata.get('run');
  if (header.metadata.get('version') !== version || text === undefined)
    throw new StudioError('file-invalid', `${checkpointName}: was written by another version`);
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
    throw new StudioError('file-invalid', `${checkpointName}: does not say what run it is of`);
  return {
    // Only this module writes the file, and its bytes are whole: they have been checked against their hash.
    identity: identity as unknown as RunIdentity,
    options: options as unknown as TrainOptions,
    totalSteps,
    progress: { ...(progress as unknown as RunProgress), losses: await series('losses'), rates: await series('rates') },
    state: { step, parameters: await group('parameter'), slots: await group('slot') },
    start: await group('start'),
    best: hasBest === true ? await group('best') : null,
  };
}
