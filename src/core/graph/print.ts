/** @file A graph as readable text, for errors, tests and curious people. */

import type { Graph, Node, Value } from './graph.ts';

/** Writes a value as `name: dtype [shape]`. */
export function printValue(value: Value): string {
  return `${value.name}: ${value.dtype} [${value.shape.join(', ')}]`;
}

/** Writes a node as `outputs = Op(inputs)`. */
export function printNode(node: Node): string {
  const inputs = node.inputs.map((value) => value?.name ?? '∅').join(', ');
  return `${node.outputs.map(printValue).join(', ')} = ${node.op}(${inputs})`;
}

/** Writes a whole graph, one line a value or node. */
export function printGraph(graph: Graph): string {
  return [
    `graph ${graph.name}`,
    ...graph.inputs.map((value) => `  input ${printValue(value)}`),
    ...graph.weights.map(({ value, source }) => `  weight ${printValue(value)}${source === value.name ? '' : ` from ${source}`}`),
    ...graph.nodes.map((node) => `  ${printNode(node)}`),
    ...graph.outputs.map((value) => `  output ${printValue(value)}`),
  ].join('\n');
}
