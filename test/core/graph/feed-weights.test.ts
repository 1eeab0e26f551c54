/** @file Weights that become inputs of a graph. */
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { feedWeights } from '../../../src/core/graph/graph.ts';
import { add } from '../../../src/core/graph/math.ts';

it('makes inputs of the weights that are meant, under their own names, and leaves the graph that it was given', () => {
  const g = new GraphBuilder('two');
  const x = g.input('x', 'float32', ['N', 2]);
  const kept = g.weight('kept', 'float32', [2], 'kept:scales');
  const fed = g.weight('fed', 'float32', [2]);
  const whole = g.finish({ y: add(g, add(g, x, kept), fed) });
  const { graph, fed: names } = feedWeights(whole, (source) => source === 'fed');
  expect(graph.inputs).toEqual([...whole.inputs, fed]);
  expect(graph.weights.map(({ source }) => source)).toEqual(['kept:scales']);
  expect(names).toEqual([{ value: fed, source: 'fed' }]);
  expect(graph.nodes).toBe(whole.nodes);
  expect(whole.weights).toHaveLength(2);
});
