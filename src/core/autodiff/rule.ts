/** @file The contract of a gradient rule, and what the rules share. */

import { StudioError } from '../error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/graph.ts';
import { isNumeric } from '../graph/ops/movement.ts';
import { printNode, printValue } from '../graph/print.ts';

/** Adds the nodes that compute the gradient of one input; called only where that gradient is wanted. */
export type InputGradient = () => Value;

/**
 * Tells how a node hands its output's gradient `dy` to its inputs, one entry an input: null where none can flow.
 *
 * A gradient may have the shape that its input was broadcast to: `backward` sums it down, the rules need not.
 */
export type GradientRule = (g: GraphBuilder, node: Node, dy: Value) => readonly (InputGradient | null)[];

/** Rules of several ops by their ONNX names. */
export type GradientRules = Readonly<Record<string, GradientRule>>;

/**
 * Gives an input of a node that must be there.
 *
 * @throws {StudioError} 'internal' when it is left out
 */
export function inputOf(node: Node, index: number): Value {
  const value = node.inputs[index];
  if (!value) throw new StudioError('internal', `internal: input ${String(index)} is left out of ${printNode(node)}`);
  return value;
}

/** Gives the node's output. */
export function outputOf(node: Node): Value {
  const value = node.outputs[0];
  if (!value) throw new StudioError('internal', `internal: ${node.op} has no output`);
  return value;
}

/**
 * Gives a shape in which every dimension is a number: training graphs are built for one length.
 *
 * @throws {StudioError} 'op-unsupported' naming the value that has a symbol
 */
export function numericShape(value: Value): readonly number[] {
  if (isNumeric(value.shape)) return value.shape;
  throw new StudioError('op-unsupported', `backward: sizes must be numbers, but there is ${printValue(value)}`);
}

/**
 * Gives the numbers of an input that must be a constant of the graph.
 *
 * @throws {StudioError} 'op-unsupported' when the graph computes it
 */
export function knownOf(g: GraphBuilder, node: Node, index: number): readonly number[] {
  const numbers = g.known(node.inputs[index]);
  if (numbers) return numbers;
  throw new StudioError('op-unsupported', `backward: input ${String(index)} must be a constant in ${printNode(node)}`);
}

/** Makes an error for a form of an op that its rule does not know. */
export function formUnsupported(node: Node, reason: string): StudioError {
  return new StudioError('op-unsupported', `backward: no gradient for ${node.op} ${reason}: ${printNode(node)}`);
}
