/** @file Both backends compute the same, the GPU holds shared weights once, caches may be empty, and a lost device says so. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import type { DeviceTensors, Runtime, Session } from '../../src/engine/runtime.ts';
import type { Backend } from '../../workers/api.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { growing, product, tableReader } from './tiny-graphs.ts';

const opened: Runtime[] = [];

async function open(backend: Backend): Promise<Runtime> {
  const runtime = await openWebRuntime(backend);
  opened.push(runtime);
  return runtime;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((runtime) => runtime.close()));
  vi.restoreAllMocks();
});

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new StudioError('internal', 'the session gave less than it should');
  return value;
}

async function numbers(runtime: Runtime, outputs: DeviceTensors, name: string): Promise<number[]> {
  return Array.from(await runtime.download(required(outputs[name])));
}

const input = float32([2, 4], [1, 0, 0, 0, 1, 2, 3, 4]);
const expected = [0, 1, 2, 60, 70, 80];

describe.each(['wasm', 'webgpu'] as const)('a runtime on %s', (backend) => {
  it('multiplies by weights that a session holds', async () => {
    const runtime = await open(backend);
    const session = await runtime.createSession({ graph: product('held'), weights: tableReader() });
    expect(await numbers(runtime, await session.run({ x: runtime.upload(input) }), 'y')).toEqual(expected);
    expect(runtime.weightBytes()).toBe(48);
    await session.close();
  });

  it('multiplies by weights that sessions share', async () => {
    const runtime = await open(backend);
    const reader = tableReader();
    const sessions: Session[] = [];
    for (const name of ['first', 'second']) {
      const session = await runtime.createSession({ graph: product(name), weights: reader, sharesWeights: true });
      sessions.push(session);
      expect(await numbers(runtime, await session.run({ x: runtime.upload(input) }), 'y')).toEqual(expected);
    }
    if (backend === 'webgpu') {
      expect(reader.reads).toEqual(['table']);
      expect(runtime.weightBytes()).toBe(48);
    }
    // The one that is left still has them; with the last they go.
    const [first, second] = sessions;
    await first?.close();
    expect(await numbers(runtime, await required(second).run({ x: runtime.upload(input) }), 'y')).toEqual(expected);
    await second?.close();
    expect(runtime.weightBytes()).toBe(0);
  });

  it('starts from an empty cache and feeds it back from where it lies', async () => {
    const runtime = await open(backend);
    const session = await runtime.createSession({ graph: growing(), weights: tableReader(), keepOnDevice: ['present'] });
    let past = runtime.upload(float32([1, 2, 0], []));
    const sums: number[][] = [];
    for (let step = 1; step <= 3; step++) {
      const x = runtime.upload(float32([1, 2, 1], [step, 10 * step]));
      const outputs = await session.run({ past, x });
      past.dispose();
      past = required(outputs['present']);
      expect(past.location).toBe(backend === 'webgpu' ? 'gpu-buffer' : 'cpu');
      sums.push(await numbers(runtime, outputs, 'sums'));
    }
    expect(sums).toEqual([
      [1, 10],
      [3, 30],
      [6, 60],
    ]);
    expect(Array.from(await runtime.download(past))).toEqual([1, 2, 3, 10, 20, 30]);
    past.dispose();
    await session.close();
  });

  it('runs one call after another when many come at once', async () => {
    const runtime = await open(backend);
    const session = await runtime.createSession({ graph: product('busy'), weights: tableReader(), sharesWeights: true });
    const results = await Promise.all(
      Array.from({ length: 4 }, async (_, i) =>
        numbers(runtime, await session.run({ x: runtime.upload(float32([1, 4], [i, 0, 0, 0])) }), 'y'),
      ),
    );
    expect(results).toEqual(Array.from({ length: 4 }, (_, i) => [0, i, 2 * i]));
    await session.close();
  });

  it('says in words of ours what the runtime refuses', async () => {
    const runtime = await open(backend);
    const session = await runtime.createSession({ graph: product('strict'), weights: tableReader(), sharesWeights: true });
    const wrong = session.run({ x: runtime.upload(float32([1, 3], [1, 2, 3])) });
    await expect(wrong).rejects.toBeInstanceOf(StudioError);
    expect(await numbers(runtime, await session.run({ x: runtime.upload(input) }), 'y')).toEqual(expected);
  });
});

describe('a device that goes away', () => {
  it('ends what is asked of it with device-lost, and a new runtime computes again', async () => {
    const devices: GPUDevice[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const requestDevice = GPUAdapter.prototype.requestDevice;
    vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (this: GPUAdapter, descriptor) {
      const device = await requestDevice.call(this, descriptor);
      devices.push(device);
      return device;
    });
    const runtime = await open('webgpu');
    const session = await runtime.createSession({ graph: product('doomed'), weights: tableReader(), sharesWeights: true });
    await session.run({ x: runtime.upload(input) });

    required(devices[0]).destroy();
    const late = session.run({ x: runtime.upload(input) }).then((outputs) => runtime.download(required(outputs['y'])));
    await expect(late).rejects.toMatchObject({ code: 'device-lost' });
    await expect(session.run({ x: runtime.upload(input) })).rejects.toMatchObject({ code: 'device-lost' });
    await session.close();
    await runtime.close();

    const next = await open('webgpu');
    const again = await next.createSession({ graph: product('reborn'), weights: tableReader(), sharesWeights: true });
    expect(await numbers(next, await again.run({ x: next.upload(input) }), 'y')).toEqual(expected);
  });
});
