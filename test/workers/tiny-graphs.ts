/** @file Graphs small enough for a software GPU, and weights that count how often they are read. */
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import type { WeightReader } from '../../src/engine/runtime.ts';

/** x [B, 4] times a weight [4, 3]: two graphs of it share one weight. */
export function product(name: string): Graph {
  const g = new GraphBuilder(name);
  const x = g.input('x', 'float32', ['B', 4]);
  return g.finish({ y: g.add('MatMul', [x, g.weight('w', 'float32', [4, 3], 'table')]) });
}

/** A cache that grows: past [B, 2, 'P'] with x [B, 2, 'S'] behind it, and the sum of all over the last axis. */
export function growing(): Graph {
  const g = new GraphBuilder('growing');
  const past = g.input('past', 'float32', ['B', 2, 'P']);
  const x = g.input('x', 'float32', ['B', 2, 'S']);
  const present = g.add('Concat', [past, x], { attributes: { axis: { kind: 'int', value: 2 } }, wanted: ['B', 2, 'N'] });
  const sums = g.add('ReduceSum', [present, g.int64s([2])], { attributes: { keepdims: { kind: 'int', value: 0 } } });
  return g.finish({ present, sums });
}

/** Weights by key; `reads` counts. */
export interface CountingReader extends WeightReader {
  readonly reads: string[];
}

/** Makes a reader of the weight that `product` wants: 0 … 11. */
export function tableReader(): CountingReader {
  const reads: string[] = [];
  return {
    id: 'tiny',
    reads,
    read: (key) => {
      reads.push(key);
      return Promise.resolve(Float32Array.from({ length: 12 }, (_, i) => i));
    },
  };
}
