/** @file A GPU that goes away in the middle of a caption: the job says so at once, and the model opens again. */
import { afterEach, expect, it, vi } from 'vitest';
import { present } from '../../src/core/error.ts';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import type { CaptionEvent } from '../../workers/api.ts';
import { makeEngine } from '../../workers/engine.ts';

/** Keeps the devices that are opened from now on, so that a test can take them away. */
function watchDevices(): GPUDevice[] {
  const devices: GPUDevice[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
  const requestDevice = GPUAdapter.prototype.requestDevice;
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (this: GPUAdapter, descriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  });
  return devices;
}

afterEach(() => {
  vi.restoreAllMocks();
});

it('ends the job with device-lost, keeps what was done apart from what was not, and opens the model again', async () => {
  const devices = watchDevices();
  const engine = makeEngine(`${location.origin}/`);
  const request = { source: { kind: 'embedded' }, backend: 'webgpu' } as const;
  const first = await engine.openModel(request, () => undefined);
  const sample = await (await fetch('/samples/skimage_coffee.jpg')).blob();
  const picture = { id: 'coffee', name: 'coffee.jpg', file: sample, prompt: { system: null, prompt: 'What is this?' } };
  const events: CaptionEvent['kind'][] = [];
  const job = { jobId: 'lost', pictures: [picture], decoding: defaultDecoding };
  const caption = engine.caption(job, ({ kind }) => {
    events.push(kind);
    if (kind === 'looking') present(devices[0], 'no device was opened').destroy();
  });
  await expect(caption).rejects.toMatchObject({ code: 'device-lost' });
  expect(events).toEqual(['looking']);
  await expect(engine.caption({ ...job, jobId: 'later' }, () => undefined)).rejects.toMatchObject({ code: 'device-lost' });

  const second = await engine.openModel(request, () => undefined);
  expect(devices).toHaveLength(2);
  expect(second.weightBytes).toBe(first.weightBytes);
  await engine.closeModel();
}, 240_000);
