/** @file What a graph is: plain records of values, nodes and what they start from. It knows nothing of gradients or of who runs it. */

import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Element types that a value in a graph can have; 4-bit ones exist only inside of graphs. */
export type GraphDType = 'float32' | 'float16' | 'int32' | 'int64' | 'int8' | 'uint8' | 'int4' | 'uint4' | 'bool';

/** A named value of known type and shape; symbols in the shape get their sizes when the graph runs. */
export interface Value {
  readonly name: string;
  readonly dtype: GraphDType;
  readonly shape: Shape;
}

/** An attribute of a node, with ONNX's distinction between whole and floating numbers. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] };

/** Attributes of a node by ONNX name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** The operator set that an op comes from; '' is ONNX's own. */
export type Domain = '' | 'com.microsoft';

/** One operation: exact ONNX op name, its inputs (null where an optional one is left out) and outputs. */
export interface Node {
  readonly op: string;
  readonly domain: Domain;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** A word for those who read or transform the graph; an encoded graph does not carry it. */
  readonly note?: string;
}

/** A small value known when the graph is built; it travels inside of the encoded graph. */
export interface Constant {
  readonly value: Value;
  readonly tensor: Tensor;
}

/**
 * A large value that comes from a weight store under the key `source`. Whether it becomes a graph input or an initializer is
 * chosen when the graph is encoded; several weights may view the same source with another type and shape.
 */
export interface Weight {
  readonly value: Value;
  readonly source: string;
}

/** A whole graph; nodes stand in topological order. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly weights: readonly Weight[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** A graph some of whose weights are inputs, under the names of their values. */
export interface FedGraph {
  readonly graph: Graph;
  /** The weights that became inputs. */
  readonly fed: readonly Weight[];
}

/** Makes inputs of some of a graph's weights, so that whoever runs it can put others in their place. */
export function feedWeights(graph: Graph, isFed: (source: string) => boolean): FedGraph {
  const fed = graph.weights.filter(({ source }) => isFed(source));
  const weights = graph.weights.filter(({ source }) => !isFed(source));
  return { graph: { ...graph, inputs: [...graph.inputs, ...fed.map(({ value }) => value)], weights }, fed };
}
