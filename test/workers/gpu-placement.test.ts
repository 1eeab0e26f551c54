/** @file No op of the model that comes with the page leaves the GPU; families.test.ts holds the other families to the same. */
import { afterEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { openModel } from '../../src/engine/model.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import { openHostedFiles } from '../../workers/model-files.ts';
import { openWebRuntime, type WebRuntimeOptions } from '../../workers/ort-web.ts';
import { product, tableReader } from './tiny-graphs.ts';

const opened: Runtime[] = [];

async function open(options: WebRuntimeOptions): Promise<Runtime> {
  const runtime = await openWebRuntime('webgpu', options);
  opened.push(runtime);
  return runtime;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((runtime) => runtime.close()));
});

/** onnxruntime 1.30 has no kernel on the GPU for int64. */
function longSum(): Graph {
  const g = new GraphBuilder('long-sum');
  const x = g.input('x', 'int64', ['B']);
  return g.finish({ y: g.add('Add', [x, x]) });
}

describe('a runtime that takes only the GPU', () => {
  it('refuses a graph with an op that would run on the processor, which is taken otherwise', async () => {
    const strict = await open({ isGpuOnly: true });
    await expect(strict.createSession({ graph: longSum(), weights: tableReader() })).rejects.toMatchObject({ name: 'StudioError' });
    await expect(strict.createSession({ graph: product('held'), weights: tableReader() })).resolves.toBeDefined();
    const lenient = await open({});
    await expect(lenient.createSession({ graph: longSum(), weights: tableReader() })).resolves.toBeDefined();
  });

  it('takes all graphs of the embedded model: tower, decoder and cache', async () => {
    const files = await openHostedFiles(new URL('/bundles/llava-mini/', location.origin), () => undefined);
    const model = await openModel(await openWebRuntime('webgpu', { isGpuOnly: true }), await openBundle(files));
    expect(model.runtime.weightBytes()).toBeGreaterThan(0);
    await model.close();
  });
});
