/** @file What the studio says about where it computes. */

import type { Model } from '../state/models/model.svelte.ts';

/** Backend and device in a few words. */
export function sayMachine(model: Pick<Model, 'machine' | 'backend'>): string {
  const { machine, backend } = model;
  if (machine === undefined) return '';
  if (backend === undefined) return machine.webgpu.state === 'missing' ? 'no WebGPU: choose' : 'software GPU: choose';
  if (backend === 'wasm') {
    if (machine.wasmThreads > 1) return `wasm, ${String(machine.wasmThreads)} threads`;
    return machine.isIsolated ? 'wasm, one thread' : 'one wasm thread (page not isolated)';
  }
  if (machine.webgpu.state === 'missing') return 'WebGPU is missing';
  return machine.webgpu.state === 'software' ? `WebGPU in software (${machine.webgpu.name})` : `WebGPU · ${machine.webgpu.name}`;
}
