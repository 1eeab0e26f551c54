/** @file The GPU: what this browser offers, and a device of our own with all that onnxruntime needs. */

import { StudioError } from '../src/core/error.ts';
import type { MachineReport } from './api.ts';

/** Limits that onnxruntime's kernels go up to; WebGPU's defaults are too small for large tensors. */
const wantedLimits = [
  'maxStorageBuffersPerShaderStage',
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
] as const;

/** Below this many lanes onnxruntime 1.30's flash attention is silently wrong; 4 was measured to be, larger ones to be right. */
const smallestSafeSubgroup = 16;

/** Tells what this browser can compute on. */
export async function inspectMachine(): Promise<MachineReport> {
  const isIsolated = globalThis.crossOriginIsolated;
  return { webgpu: await inspectWebgpu(), wasmThreads: wasmThreads(), isIsolated };
}

/** How many threads wasm may use: shared memory needs an isolated page, and more than eight gain nothing. */
export function wasmThreads(): number {
  return globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1;
}

/**
 * Opens a device.
 *
 * @throws {StudioError} 'webgpu-missing' with the reason
 */
export async function openDevice(): Promise<GPUDevice> {
  const adapter = await findAdapter();
  if (typeof adapter === 'string')
    throw new StudioError('webgpu-missing', `WebGPU: ${adapter}; choose wasm, which computes on the processor`);
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  const features: GPUFeatureName[] = [];
  if (adapter.features.has('shader-f16')) features.push('shader-f16');
  if (adapter.features.has('subgroups') && adapter.info.subgroupMinSize >= smallestSafeSubgroup) features.push('subgroups');
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures: features });
  } catch (cause) {
    throw new StudioError('webgpu-missing', 'WebGPU: the GPU refused to be opened; close other pages that use it, or choose wasm', {
      cause,
    });
  }
}

async function inspectWebgpu(): Promise<MachineReport['webgpu']> {
  const adapter = await findAdapter();
  if (typeof adapter === 'string') return { state: 'missing', reason: adapter };
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed GPU';
  const isSoftware =
    adapter.info.isFallbackAdapter || /swiftshader|llvmpipe|software|basic render/i.test(`${name} ${vendor} ${architecture}`);
  return {
    state: isSoftware ? 'software' : 'hardware',
    name,
    maxBufferBytes: Math.min(adapter.limits.maxBufferSize, adapter.limits.maxStorageBufferBindingSize),
    hasFloat16: adapter.features.has('shader-f16'),
  };
}

/** Gives an adapter, or why there is none. */
async function findAdapter(): Promise<GPUAdapter | string> {
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (!gpu) return 'this browser has no WebGPU';
  try {
    return (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? 'this browser found no GPU that it may use';
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
