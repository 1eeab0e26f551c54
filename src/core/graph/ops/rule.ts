/** @file What every shape rule needs: reading inputs that must be there, and checking types. */

import { StudioError } from '../../error.ts';
import type { GraphDType, Value } from '../graph.ts';
import type { InferContext } from '../op.ts';

/**
 * Gives an input that must be there.
 *
 * @throws {StudioError} 'internal' when it is left out
 */
export function input(context: InferContext, index: number): Value {
  const value = context.inputs[index];
  if (!value) throw new StudioError('internal', `internal: input ${String(index)} is left out`);
  return value;
}

/**
 * Gives the one type that all inputs share.
 *
 * @throws {StudioError} 'shape-mismatch' when they differ
 */
export function sameType(op: string, context: InferContext): GraphDType {
  const { dtype } = input(context, 0);
  for (const value of context.inputs) {
    if (value && value.dtype !== dtype)
      throw new StudioError('shape-mismatch', `${op}: types differ, ${dtype} and ${value.dtype} (${value.name})`);
  }
  return dtype;
}

/**
 * Gives the numbers of an integer input that must be known while building.
 *
 * @throws {StudioError} 'internal' when the input is computed by the graph
 */
export function knownInput(op: string, context: InferContext, index: number): readonly number[] {
  const numbers = context.known(index);
  if (!numbers) throw new StudioError('internal', `internal: ${op} needs input ${String(index)} to be a constant`);
  return numbers;
}
