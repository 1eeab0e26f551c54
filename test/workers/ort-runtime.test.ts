/** @file Every build of the runtime starts from files of this origin and computes. */
import { describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../src/core/codec/onnx.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import { loadRuntime, webgpuBuild, type RuntimeBuild } from '../../workers/ort-runtime.ts';

/** A model that adds its input to itself. */
function doubling(): Uint8Array {
  const graph = new GraphBuilder('doubling');
  const x = graph.input('x', 'float32', [3]);
  return encodeOnnx(graph.finish({ y: graph.add('Add', [x, x]) }), { weights: 'inputs' });
}

async function double(build: RuntimeBuild): Promise<number[]> {
  const runtime = await loadRuntime(build);
  const session = await runtime.InferenceSession.create(doubling(), { executionProviders: ['wasm'] });
  const { y } = await session.run({ x: new runtime.Tensor('float32', [1, 2, 3], [3]) });
  return Array.from((await y?.getData()) as Float32Array);
}

describe('loadRuntime', () => {
  it.each(['plain', webgpuBuild(), 'asyncify'] as const)('computes with the %s build', async (build) => {
    expect(await double(build)).toEqual([2, 4, 6]);
  });

  it('takes script and wasm from this origin alone', async () => {
    await double('plain');
    const foreign = performance.getEntriesByType('resource').filter((entry) => new URL(entry.name).origin !== location.origin);
    expect(foreign.map((entry) => entry.name)).toEqual([]);
  });
});
