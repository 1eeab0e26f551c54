/** @file The worker of the streaming bench: loads a bundle into the browser's files as the page does, and opens it from there on the GPU. */

import { openBundle } from '../../../src/engine/bundle/bundle.ts';
import { openModel } from '../../../src/engine/model.ts';
import { openModelFiles } from '../../../workers/model-files.ts';
import { openModelsDesk } from '../../../workers/models-desk.ts';
import { openWebRuntime } from '../../../workers/ort-web.ts';

type Order = { readonly kind: 'fill'; readonly address: string } | { readonly kind: 'open' };

const modelId = 'full-shape';
const tellEveryMs = 20;

self.onmessage = ({ data }: MessageEvent<Order>) => {
  void (data.kind === 'fill' ? fill(data.address) : open()).catch((error: unknown) => {
    self.postMessage({ kind: 'failed', message: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) });
  });
};
self.postMessage({ kind: 'ready' });

async function fill(address: string): Promise<void> {
  const source = { kind: 'address', url: address } as const;
  const end = await openModelsDesk().load({ modelId, source, form: 'as-is', name: 'full-shape', keep: 'browser' }, ({ done, total }) => {
    self.postMessage({ kind: 'filling', done, total });
  });
  self.postMessage(end === 'whole' ? { kind: 'filled' } : { kind: 'failed', message: `the load ended as ${end}` });
}

async function open(): Promise<void> {
  const startMs = performance.now();
  const runtime = await openWebRuntime('webgpu');
  const timer = setInterval(() => {
    self.postMessage({ kind: 'held', bytes: runtime.weightBytes() });
  }, tellEveryMs);
  const files = await openModelFiles({ kind: 'stored', id: modelId }, self.location.href, () => undefined);
  const model = await openModel(runtime, await openBundle(files));
  clearInterval(timer);
  self.postMessage({
    kind: 'opened',
    bytes: runtime.weightBytes(),
    elapsedMs: performance.now() - startMs,
    tensors: model.bundle.tensors.size,
  });
}
