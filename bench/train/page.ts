/** @file Times training steps in the browser and leaves the rows at the window: the embedded model, or a tiny one made on the spot. */
import { memorySource, type FileSet } from '../../src/core/codec/byte-source.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import { openModel, type OpenModel } from '../../src/engine/model.ts';
import type { Backend } from '../../workers/api.ts';
import { openHostedFiles } from '../../workers/model-files.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { measuredMethods, middleOf, timeSteps } from './time-steps.ts';

const asked = new URLSearchParams(location.search);
const backend: Backend = asked.get('backend') === 'webgpu' ? 'webgpu' : 'wasm';
const repeats = Number(asked.get('repeats') ?? '10');
const pictures = Number(asked.get('pictures') ?? '8');
const tiny = '/test/fixtures/reference/llava-interleave-qwen2/checkpoint/';

/** Opens the model that was asked for; weights in floats where all of them learn. */
async function open(kind: string): Promise<OpenModel> {
  const policy = measuredMethods[kind]?.kind === 'full' ? { policy: 'float32' as const } : {};
  if (asked.get('model') !== 'tiny') {
    const files = await openHostedFiles(new URL('/bundles/llava-mini/', location.origin), () => undefined);
    return openModel(await openWebRuntime(backend), await openBundle(files), policy);
  }
  const held = memoryFiles('tiny');
  await convertCheckpoint(tinyCheckpoint(), held.sink, { precision: 'fp32', name: 'tiny', source: 'bench', licence: 'none' });
  return openModel(await openWebRuntime(backend), await openBundle(held.files), policy);
}

function tinyCheckpoint(): FileSet {
  const names = (asked.get('files') ?? '').split(',');
  return {
    name: 'tiny',
    list: () => Promise.resolve(names),
    open: async (path) =>
      names.includes(path) ? memorySource(path, new Uint8Array(await (await fetch(tiny + path)).arrayBuffer())) : null,
  };
}

const rows: object[] = [];
Object.assign(window, { rows });
for (const kind of asked.get('methods')?.split(',') ?? Object.keys(measuredMethods)) {
  const model = await open(kind);
  const { positions, openMs, times } = await timeSteps(model, { kind, repeats, pictures });
  rows.push({ method: kind, positions, medianMs: middleOf(times), bestMs: times[0], openMs });
  await model.close();
}
Object.assign(window, { isDone: true });
