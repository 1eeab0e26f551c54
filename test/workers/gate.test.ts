/** @file Whether a call failed because the GPU went away is known only from what the GPU says, be it ever so late. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openGate } from '../../workers/gate.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A device that says what the test has it say. */
function deviceInHand(): { readonly device: GPUDevice; readonly answer: () => void; readonly lose: () => void } {
  let answer = (): void => undefined;
  let lose = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const lost = new Promise<{ readonly message: string }>((resolve) => {
    lose = () => resolve({ message: 'gone' });
  });
  const device = { lost, queue: { onSubmittedWorkDone: () => answered } } as unknown as GPUDevice;
  return { device, answer, lose };
}

const failing = (): Promise<never> => Promise.reject(new Error('a buffer could not be read'));

describe('a call that fails', () => {
  it('fails with device-lost where the device goes away, however long a busy machine takes to hear of it', async () => {
    const { device, lose } = deviceInHand();
    const gate = openGate(device);
    const call = expect(gate.pass('x', failing)).rejects.toMatchObject({ code: 'device-lost' });
    await vi.advanceTimersByTimeAsync(60_000);
    lose();
    await call;
    await expect(gate.pass('x', () => Promise.resolve())).rejects.toMatchObject({ code: 'device-lost' });
  });

  it('fails with device-lost where the device answers a moment before it says that it is gone', async () => {
    const { device, answer, lose } = deviceInHand();
    const call = expect(openGate(device).pass('x', failing)).rejects.toMatchObject({ code: 'device-lost' });
    answer();
    await vi.advanceTimersByTimeAsync(50);
    lose();
    await call;
  });

  it('fails as it did where the device answers, and the next is let through', async () => {
    const { device, answer } = deviceInHand();
    const gate = openGate(device);
    const call = expect(gate.pass('x', failing)).rejects.toMatchObject({ code: 'internal' });
    answer();
    await vi.advanceTimersByTimeAsync(200);
    await call;
    expect(await gate.pass('x', () => Promise.resolve(1))).toBe(1);
  });
});
