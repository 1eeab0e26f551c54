/** @file The worker of the streaming bench: loads a bundle into the browser's files as the page does, opens it from there on the GPU and may caption with it. */

import { captionPictures } from '../../../src/engine/caption/captioner.ts';
import { openBundle } from '../../../src/engine/bundle/bundle.ts';
import { openModel, type OpenModel } from '../../../src/engine/model.ts';
import { decodePicture } from '../../../workers/decode-picture.ts';
import { openModelFiles } from '../../../workers/model-files.ts';
import { openModelsDesk } from '../../../workers/models-desk.ts';
import { openWebRuntime } from '../../../workers/ort-web.ts';

type Order =
  | { readonly kind: 'fill'; readonly address: string }
  /** Opens the model and, where tokens are asked for, captions a picture from that address. */
  | { readonly kind: 'open'; readonly tokens: number; readonly picture: string };

const modelId = 'full-shape';
const tellEveryMs = 20;

self.onmessage = ({ data }: MessageEvent<Order>) => {
  void (data.kind === 'fill' ? fill(data.address) : open(data)).catch((error: unknown) => {
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

async function open({ tokens, picture }: Extract<Order, { kind: 'open' }>): Promise<void> {
  const startMs = performance.now();
  const runtime = await openWebRuntime('webgpu');
  const timer = setInterval(() => {
    self.postMessage({ kind: 'held', bytes: runtime.weightBytes() });
  }, tellEveryMs);
  const files = await openModelFiles({ kind: 'stored', id: modelId }, self.location.href, () => undefined);
  const model = await openModel(runtime, await openBundle(files));
  clearInterval(timer);
  const opened = { bytes: runtime.weightBytes(), elapsedMs: performance.now() - startMs, tensors: model.bundle.tensors.size };
  const captions: object[] = [];
  // The first caption makes the shaders; the second is what users wait for.
  for (const order of tokens > 0 ? ['first', 'later'] : []) captions.push({ order, ...(await caption(model, tokens, picture)) });
  self.postMessage({ kind: 'opened', ...opened, captions });
}

async function caption(model: OpenModel, tokens: number, picture: string): Promise<object> {
  const file = await (await fetch(picture)).blob();
  const decoding = { ...model.defaults, minNewTokens: tokens, maxNewTokens: tokens };
  const ends: object[] = [];
  await captionPictures(
    model,
    [{ id: picture, system: null, prompt: 'Describe this picture.', load: () => decodePicture(picture, file) }],
    { decoding, batchSize: 1 },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      onDone: (_, { captions: [written], visionMs, prefillMs, decodeMs }) =>
        ends.push({ tokens: written?.ids.length, ids: written?.ids.slice(0, 12), visionMs, prefillMs, decodeMs }),
      onFailed: (_, error) => {
        throw error;
      },
      isCancelled: () => false,
    },
  );
  return ends[0] ?? {};
}
