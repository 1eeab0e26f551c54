/** @file The worker of the streaming bench: puts a bundle into the browser's own files, and opens it from there on the GPU. */

import type { ByteSource, FileSet } from '../../src/core/codec/byte-source.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { openModel } from '../../src/engine/model.ts';
import { readManifest } from '../../models/bundle.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';

type Order = { readonly kind: 'fill'; readonly address: string } | { readonly kind: 'open' };

const folderName = 'stream-bench';
const tellEveryMs = 20;

self.onmessage = ({ data }: MessageEvent<Order>) => {
  void (data.kind === 'fill' ? fill(data.address) : open()).catch((error: unknown) => {
    self.postMessage({ kind: 'failed', message: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) });
  });
};
self.postMessage({ kind: 'ready' });

async function fill(address: string): Promise<void> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
  const manifest = readManifest(await (await fetch(new URL('manifest.json', address))).json(), address);
  for (const path of ['manifest.json', ...[...manifest.shards, ...manifest.files].map((file) => file.path)]) {
    const response = await fetch(new URL(path, address));
    const file = await folder.getFileHandle(path, { create: true });
    await response.body?.pipeTo(await file.createWritable());
  }
  self.postMessage({ kind: 'filled' });
}

async function open(): Promise<void> {
  const startMs = performance.now();
  const runtime = await openWebRuntime('webgpu');
  const timer = setInterval(() => {
    self.postMessage({ kind: 'held', bytes: runtime.weightBytes() });
  }, tellEveryMs);
  const model = await openModel(runtime, await openBundle(await storedFiles()), { policy: 'stored' });
  clearInterval(timer);
  self.postMessage({
    kind: 'opened',
    bytes: runtime.weightBytes(),
    elapsedMs: performance.now() - startMs,
    tensors: model.bundle.tensors.size,
  });
}

async function storedFiles(): Promise<FileSet> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName);
  return {
    name: folderName,
    list: () => Promise.resolve([]),
    open: async (path): Promise<ByteSource | null> => {
      const handle = await folder.getFileHandle(path).catch(() => null);
      if (!handle) return null;
      const file = await handle.getFile();
      return {
        name: path,
        byteLength: file.size,
        slice: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
      };
    },
  };
}
