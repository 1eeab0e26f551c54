/** @file Loads the build of onnxruntime-web that fits this browser, and tells it where its own files lie. */
import type * as Ort from 'onnxruntime-web';
import asyncifyScript from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiScript from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import plainScript from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import plainWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';

/** The runtime's face, the same for every build of it. */
export type Runtime = typeof Ort;

/**
 * A build of the runtime: `jspi` and `asyncify` hold the native WebGPU provider and differ in how C++ waits for the GPU;
 * `plain` computes on the processor alone and is the smallest.
 */
export type RuntimeBuild = 'jspi' | 'asyncify' | 'plain';

interface RuntimeFiles {
  readonly script: string;
  readonly wasm: string;
  readonly load: () => Promise<Runtime>;
}

const builds: Readonly<Record<RuntimeBuild, RuntimeFiles>> = {
  jspi: { script: jspiScript, wasm: jspiWasm, load: () => import('onnxruntime-web/jspi') },
  asyncify: { script: asyncifyScript, wasm: asyncifyWasm, load: () => import('onnxruntime-web/webgpu') },
  plain: { script: plainScript, wasm: plainWasm, load: () => import('onnxruntime-web/wasm') },
};

/** Returns the WebGPU build that this browser can run: JSPI where WebAssembly can suspend, which is smaller and faster. */
export function webgpuBuild(): RuntimeBuild {
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

/** Loads a build; call it once, before any session, since the runtime reads its settings at the first use. */
export async function loadRuntime(build: RuntimeBuild): Promise<Runtime> {
  const { script, wasm, load } = builds[build];
  const runtime = await load();
  // In the built page these addresses are absolute, in development they start at the server's root.
  runtime.env.wasm.wasmPaths = { mjs: new URL(script, import.meta.url).href, wasm: new URL(wasm, import.meta.url).href };
  return runtime;
}
