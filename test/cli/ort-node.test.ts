/** @file onnxruntime in Node says in words of ours when memory is spent. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';

/** Spreads one number over 2^44 bytes, more than any machine has. */
function endless(): Graph {
  const g = new GraphBuilder('endless');
  const shape = [2 ** 14, 2 ** 14, 2 ** 14];
  return g.finish({ y: g.add('Expand', [g.input('x', 'float32', [1]), g.int64s(shape)], { wanted: shape }) });
}

describe('a session in Node', () => {
  it('that needs more memory than there is fails with out-of-memory and what to do', async () => {
    const runtime = openNodeRuntime();
    const session = await runtime.createSession({
      graph: endless(),
      weights: { id: 'none', read: () => Promise.reject(new RangeError('there is none')) },
    });
    const failure = session.run({ x: runtime.upload(float32([1], [1])) });
    await expect(failure).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(failure).rejects.toThrow(/endless: no memory is left.*--batch/u);
    await session.close();
  });
});
