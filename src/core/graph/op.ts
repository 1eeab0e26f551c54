/** @file The contract of an op: its exact ONNX name, its domain, and the rule that gives its outputs' types and shapes. */

import type { Shape } from '../tensor/shape.ts';
import type { Attributes, Domain, GraphDType, Value } from './graph.ts';

/** Type and shape of one output, before it has a name. */
export interface OutputType {
  readonly dtype: GraphDType;
  readonly shape: Shape;
}

/** What a shape rule gets to look at. */
export interface InferContext {
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  /** Numbers of an integer input that is known when the graph is built (a shape, axes, starts, ends), else null. */
  readonly known: (input: number) => readonly number[] | null;
  /** The shape that the caller wants, for ops whose result cannot be told from their inputs (Reshape, Expand with symbols). */
  readonly wanted: Shape | null;
}

/** One op of the table in ops.ts. */
export interface OpDef {
  readonly op: string;
  readonly domain: Domain;
  /** Gives the outputs; throws 'shape-mismatch' when the inputs do not go together. */
  readonly infer: (context: InferContext) => readonly OutputType[];
}
