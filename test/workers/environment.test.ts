/** @file What the browser project promises to the other tests: isolation, threads and a WebGPU adapter. */
import { describe, expect, it } from 'vitest';

describe('the browser that tests run in', () => {
  it('is cross-origin isolated, so that wasm may use threads', () => {
    expect(globalThis.crossOriginIsolated).toBe(true);
  });

  it('offers a WebGPU adapter without a GPU', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    expect(adapter).not.toBeNull();
    expect(adapter?.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(9);
  });
});
