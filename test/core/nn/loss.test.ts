import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { crossEntropy, ignoredLabel, tokenLosses } from '../../../src/core/nn/loss.ts';
import { float32, int32 } from '../../../src/core/tensor/tensor.ts';
import { gradCheck, uniform } from '../../helpers/grad-check.ts';
import { numbersOf, runGraph } from '../../helpers/run-graph.ts';
import { expectClose } from '../../helpers/to-be-close.ts';

const labels = int32([4], [2, ignoredLabel, 0, 4]);

async function lossesOf(logits: Float32Array, smoothing: number): Promise<{ losses: Float32Array; loss: Float32Array }> {
  const g = new GraphBuilder('loss');
  const inputs = {
    logits: g.input('logits', 'float32', [4, 5]),
    labels: g.input('labels', 'int32', [4]),
    tokenCount: g.input('count', 'float32', []),
  };
  const targets = { labels: inputs.labels, smoothing, tokenCount: inputs.tokenCount };
  const graph = g.finish({ losses: tokenLosses(g, inputs.logits, targets), loss: crossEntropy(g, inputs.logits, targets) });
  const results = await runGraph(graph, { logits: float32([4, 5], logits), labels, count: float32([], [3]) });
  return { losses: numbersOf(results, 'losses'), loss: numbersOf(results, 'loss') };
}

/** In double precision, by the definition: −Σ q log p with q = (1 − ε) onehot + ε / V. */
function byHand(logits: Float32Array, smoothing: number): number[] {
  return [...labels.data].map((label, row) => {
    if (label === ignoredLabel) return 0;
    const x = Array.from(logits.slice(row * 5, row * 5 + 5));
    const largest = Math.max(...x);
    const logSum = largest + Math.log(x.reduce((sum, v) => sum + Math.exp(v - largest), 0));
    return x.reduce((sum, v, i) => sum + ((i === label ? 1 - smoothing : 0) + smoothing / 5) * (logSum - v), 0);
  });
}

describe('crossEntropy', () => {
  const logits = uniform([4, 5], 3, [-4, 4]).data;

  it.each([0, 0.1])('is the negative log-likelihood of the labels, with smoothing %d', async (smoothing) => {
    const { losses, loss } = await lossesOf(logits, smoothing);
    const expected = byHand(logits, smoothing);
    expectClose(losses, expected, { rtol: 1e-6, atol: 1e-6 });
    expectClose(loss, [expected.reduce((sum, v) => sum + v, 0) / 3], { rtol: 1e-6, atol: 1e-6 });
  });

  it('stays finite for logits whose exponentials do not fit in float32', async () => {
    const large = logits.map((v) => v * 100);
    const { losses } = await lossesOf(large, 0);
    expectClose(losses, byHand(large, 0), { rtol: 1e-6, atol: 1e-4 });
    expect([...losses].every(Number.isFinite)).toBe(true);
  });

  it.each([0, 0.1])('has the gradient that finite differences give, with smoothing %d', async (smoothing) => {
    await gradCheck('loss', {
      build: (g, { logits: x, labels: y }) => {
        if (!x || !y) throw new TypeError('inputs');
        return crossEntropy(g, x, { labels: y, smoothing, tokenCount: g.scalar(3) });
      },
      inputs: { logits: uniform([4, 5], 3, [-2, 2]), labels },
    });
  });
});
