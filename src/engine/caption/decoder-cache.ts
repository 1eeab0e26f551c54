/** @file The key/value cache between a decoder's steps: its names, how it begins, how it is handed on. */

import { StudioError } from '../../core/error.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { cacheName } from '../../../models/decoder/step.ts';
import type { DeviceTensor, DeviceTensors, Runtime } from '../runtime.ts';

/** The cache after some steps; give it to the next step or to `drop`, once. */
export interface DecoderState {
  readonly cache: DeviceTensors;
  /** Positions of all cached keys, one list a row of the batch; padding included. */
  readonly keyPositions: readonly (readonly number[])[];
  /** The next position of each row of the batch. */
  readonly nextPositions: readonly number[];
}

/** Lists the names of the cache's tensors. */
export function cacheNames(config: DecoderConfig, time: 'past' | 'present'): readonly string[] {
  return range(0, config.layers).flatMap((layer) => [cacheName(time, layer, 'key'), cacheName(time, layer, 'value')]);
}

/** An empty cache; a row that starts with padding starts at a negative position, so that its first token has position 0. */
export function emptyState(runtime: Runtime, config: DecoderConfig, starts: readonly number[]): DecoderState {
  const [B, H, D] = [starts.length, config.keyValueHeads, config.headWidth];
  const cache = cacheNames(config, 'past').map((name) => {
    const shape = name.endsWith('key') ? [B, H, D, 0] : [B, H, 0, D];
    return [name, runtime.upload(float32(shape, new Float32Array(0)))] as const;
  });
  return { cache: Object.fromEntries(cache), keyPositions: starts.map(() => []), nextPositions: starts };
}

/** Takes a step's cache as the input of the next. */
export function presentToPast(config: DecoderConfig, outputs: DeviceTensors): DeviceTensors {
  const past = cacheNames(config, 'past');
  return Object.fromEntries(cacheNames(config, 'present').map((name, i) => [past[i] ?? '', requireTensor(outputs, name)]));
}

function requireTensor(tensors: DeviceTensors, name: string): DeviceTensor {
  const found = tensors[name];
  if (!found) throw new StudioError('internal', `internal: the session gave no ${name}`);
  return found;
}

/** Gives one entry of a list that has it. @throws {StudioError} 'internal' */
export function requireRow<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new StudioError('internal', `internal: no row ${String(index)} of ${String(list.length)}`);
  return found;
}

/** Frees tensors. */
export function disposeAll(tensors: DeviceTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** Lists whole numbers from start (inclusive) to end (exclusive). */
export function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
