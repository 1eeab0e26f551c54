import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/core/autodiff/backward.ts';
import { detach } from '../../../src/core/graph/detach.ts';
import { int } from '../../../src/core/graph/attribute.ts';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { add, exp, gelu, mul, reduceSum, reshape, softmax } from '../../../src/core/graph/math.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { gradCheck, uniform } from '../../helpers/grad-check.ts';
import { numbersOf, runGraph } from '../../helpers/run-graph.ts';
import { expectClose } from '../../helpers/to-be-close.ts';

describe('backward', () => {
  it('sums the gradients where paths meet', async () => {
    const g = new GraphBuilder('paths');
    const x = g.input('x', 'float32', [2]);
    const y = mul(g, x, x); // x², on three paths: 3x² + x
    const loss = reduceSum(g, add(g, add(g, add(g, y, y), y), x), [0], false);
    const [dx] = backward(g, loss, [x]);
    const results = await runGraph(g.finish({ dx: dx ?? x }), { x: float32([2], [1, -2]) });
    expectClose(numbersOf(results, 'dx'), [7, -11], { rtol: 1e-6, atol: 0 });
  });

  it('differentiates a chain with broadcasting, as finite differences do', async () => {
    await gradCheck('chain', {
      build: (g, { x, w, b }) => {
        if (!x || !w || !b) throw new TypeError('inputs');
        const h = gelu(g, add(g, g.add('MatMul', [x, w]), b));
        return softmax(g, reshape(g, mul(g, h, exp(g, b)), [3, 10]));
      },
      inputs: { x: uniform([2, 3, 4], 1), w: uniform([4, 5], 2), b: uniform([5], 3) },
    });
  });

  it('takes detached values as constants', async () => {
    const g = new GraphBuilder('detached');
    const x = g.input('x', 'float32', [2]);
    const loss = reduceSum(g, mul(g, x, detach(g, exp(g, x))), [0], false);
    const [dx] = backward(g, loss, [x]);
    const results = await runGraph(g.finish({ dx: dx ?? x }), { x: float32([2], [0, 1]) });
    expectClose(numbersOf(results, 'dx'), [1, Math.E], { rtol: 1e-6, atol: 0 });
  });

  it('adds nothing for values that are not wanted', () => {
    const g = new GraphBuilder('frozen');
    const x = g.input('x', 'float32', [2, 3]);
    const frozen = g.weight('w', 'float32', [3, 4]);
    const loss = reduceSum(g, g.add('MatMul', [exp(g, x), mul(g, frozen, 2)]), [0, 1], false);
    const before = g.nodes.length;
    backward(g, loss, [g.weight('w', 'float32', [3, 4])]);
    expect(g.nodes.slice(before).map((node) => node.op)).toEqual(['Expand', 'Reshape', 'Expand', 'Gemm', 'Mul']);
  });

  it('lets no gradient through comparisons', () => {
    const g = new GraphBuilder('compared');
    const x = g.input('x', 'float32', [2]);
    const loss = reduceSum(g, g.add('Where', [g.add('Greater', [x, g.scalar(0)]), g.scalar(1), g.scalar(2)]), [0], false);
    expect(() => backward(g, loss, [x])).toThrow(/does not depend on x: float32 \[2\]/u);
  });

  it('names the node when a trainable path meets an op without a rule', () => {
    const g = new GraphBuilder('ruleless');
    const x = g.input('x', 'float32', [1, 1, 2, 2]);
    const resized = g.add('Resize', [x, null, g.constant(float32([4], [1, 1, 2, 2]))], {
      wanted: [1, 1, 4, 4],
      attributes: { antialias: int(0) },
    });
    const loss = reduceSum(g, resized, [0, 1, 2, 3], false);
    expect(() => backward(g, loss, [x])).toThrow(
      expect.objectContaining({ code: 'op-unsupported', message: expect.stringContaining('= Resize(x, ∅') as string }),
    );
  });

  it('asks for a loss of one number', () => {
    const g = new GraphBuilder('vector');
    const x = g.input('x', 'float32', [2]);
    expect(() => backward(g, exp(g, x), [x])).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
  });

  it('asks for sizes that are numbers', () => {
    const g = new GraphBuilder('symbols');
    const x = g.input('x', 'float32', ['S', 2]);
    const loss = reduceSum(g, exp(g, x), [0, 1], false);
    expect(() => backward(g, loss, [x])).toThrow(/sizes must be numbers.*\[S, 2\]/u);
  });
});
