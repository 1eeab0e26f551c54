/** @file Where parameters start. */

import type { Parameter } from '../../../core/adapter/parameter.ts';
import { StudioError } from '../../../core/error.ts';
import { weightKey } from '../../../core/nn/weights.ts';
import { makeRandom, type Random } from '../../../core/tensor/random.ts';
import { elementCount } from '../../../core/tensor/shape.ts';
import type { WeightReader } from '../../runtime.ts';

/** Numbers by the names of parameters. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/** Gives the start of each parameter; the same seed gives the same start, whatever other parameters there are. */
export async function initialValues(parameters: readonly Parameter[], weights: WeightReader, seed: number): Promise<ParameterValues> {
  const values = new Map<string, Float32Array>();
  for (const parameter of parameters)
    values.set(parameter.name, await startOf(parameter, weights, makeRandom(seed, streamOf(parameter.name))));
  return values;
}

async function startOf({ shape, initial, name }: Parameter, weights: WeightReader, random: Random): Promise<Float32Array> {
  const count = elementCount(shape);
  switch (initial.kind) {
    case 'zeros':
      return new Float32Array(count);
    case 'uniform':
      return Float32Array.from({ length: count }, () => initial.bound * (2 * random.nextUniform() - 1));
    case 'normal':
      return Float32Array.from({ length: count }, () => initial.deviation * drawNormal(random));
    case 'stored':
      return (await readFloats(weights, initial.key, name)).slice();
    case 'row-norms':
      return columnLengths(await readFloats(weights, weightKey(`${initial.module}.weight`, 'transposed'), name), count);
    default:
      return initial satisfies never;
  }
}

async function readFloats(weights: WeightReader, key: string, name: string): Promise<Float32Array> {
  const read = await weights.read(key);
  if (read instanceof Float32Array) return read;
  throw new StudioError('internal', `internal: ${name} starts from ${key}, which is held in blocks`);
}

/** @shape transposed [K, N] → [N] */
function columnLengths(transposed: Float32Array, columns: number): Float32Array {
  const squares = new Float64Array(columns);
  for (let i = 0; i < transposed.length; i++) {
    const value = transposed[i] ?? 0;
    squares[i % columns] = (squares[i % columns] ?? 0) + value * value;
  }
  return Float32Array.from(squares, Math.sqrt);
}

/** @source Box and Muller 1958 */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextUniform())) * Math.cos(2 * Math.PI * random.nextUniform());
}

/** A name as a number, so that each parameter draws from a stream of its own. @source FNV-1a, 32 bits */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
