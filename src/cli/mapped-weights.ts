/** @file Lets onnxruntime map the weights of a graph from a bundle's files, so that they never pass through memory of ours. */

import { basename, dirname } from 'node:path';
import type { ExternalRange } from '../core/codec/onnx.ts';
import { int, ints } from '../core/graph/attribute.ts';
import type { Graph, Node, Value, Weight } from '../core/graph/graph.ts';
import type { FileRange, WeightReader } from '../engine/runtime.ts';

/** A graph whose weights are ranges of files as they are. */
export interface MappedGraph {
  readonly graph: Graph;
  /** The one folder of all files. */
  readonly folder: string;
  /** Gives the range of each weight's source; its path is relative to the folder. */
  readonly rangeOf: (source: string) => ExternalRange;
}

/**
 * Replaces every weight by what its file holds, with a node behind it that widens half floats or turns the matrix where the graph wants
 * that; the runtime computes such nodes once, while it opens the session. Null where a weight lies in no file, or in another folder than
 * the rest: onnxruntime reads outside data from one folder.
 */
export function mapWeights(graph: Graph, weights: WeightReader): MappedGraph | null {
  const places = new Map<string, FileRange>();
  for (const { source } of graph.weights) {
    const place = weights.locate?.(source);
    if (!place) return null;
    places.set(source, place);
  }
  const folders = new Set([...places.values()].map(({ filePath }) => dirname(filePath)));
  const [folder] = folders;
  if (folder === undefined || folders.size > 1) return null;
  const mapped = graph.weights.map((weight) => mapWeight(weight, places.get(weight.source)));
  return {
    graph: { ...graph, weights: mapped.map(({ weight }) => weight), nodes: [...mapped.flatMap(({ nodes }) => nodes), ...graph.nodes] },
    folder,
    rangeOf: (source) => {
      const place = places.get(source);
      return { path: basename(place?.filePath ?? ''), offset: place?.offset ?? 0, length: place?.byteLength ?? 0 };
    },
  };
}

/** @source ONNX Cast-19 and Transpose-23; 1 is float32 */
function mapWeight(weight: Weight, place: FileRange | undefined): { readonly weight: Weight; readonly nodes: readonly Node[] } {
  const { value, source } = weight;
  if (!place || (place.dtype === value.dtype && !place.isTransposed)) return { weight, nodes: [] };
  const shape = place.isTransposed ? value.shape.toReversed() : value.shape;
  const stored: Value = { name: `${value.name}:stored`, dtype: place.dtype, shape };
  const isWidened = place.dtype !== value.dtype;
  const floats: Value = { name: isWidened ? `${value.name}:wide` : stored.name, dtype: value.dtype, shape };
  const last = place.isTransposed ? floats : value;
  const node = (op: string, from: Value, to: Value, attributes: Node['attributes']): Node => {
    return { op, domain: '', inputs: [from], outputs: [to], attributes };
  };
  return {
    weight: { value: stored, source },
    nodes: [
      ...(isWidened ? [node('Cast', stored, last, { to: int(1) })] : []),
      ...(place.isTransposed ? [node('Transpose', floats, value, { perm: ints([1, 0]) })] : []),
    ],
  };
}
