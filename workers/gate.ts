/** @file Lets one call at a time through to the runtime, and tells a lost GPU from other failures. */

import type { StudioError } from '../src/core/error.ts';
import { deviceLost, runtimeError } from './ort-errors.ts';

/** Reading a buffer fails a moment before the device tells that it is gone: so long after it answered what it was asked later. @unit ms */
const lossDelayMs = 100;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits as long as a busy machine takes to hear from its GPU; one that is gone may say so instead. */
async function answerOf({ queue }: GPUDevice): Promise<void> {
  await queue.onSubmittedWorkDone().catch(() => undefined);
}

/** Lets one call at a time through to the runtime, which must not be entered twice, and none after the device is lost. */
export interface Gate {
  pass<T>(doing: string, work: () => Promise<T>): Promise<T>;
  isLost(): boolean;
  /** Waits for what runs; from then on a device that goes away is no loss. */
  close(): Promise<void>;
}

/** Opens the gate to a runtime on a device, or on the processor where it is null. */
export function openGate(device: GPUDevice | null): Gate {
  let lost: StudioError | null = null;
  const lossNow = (): StudioError | null => lost; // the compiler takes what it read once for what it is still
  let isClosing = false;
  let last: Promise<unknown> = Promise.resolve();
  const loss = new Promise<never>((_, reject) => {
    void device?.lost.then(({ message }) => {
      if (isClosing) return;
      lost = deviceLost(message);
      reject(lost);
    });
  });
  loss.catch(() => undefined); // whoever computes hears of it
  return {
    isLost: () => lost !== null,
    pass: (doing, work) => {
      const guarded = async (): Promise<Awaited<ReturnType<typeof work>>> => {
        if (lost) throw lost;
        try {
          return await Promise.race([work(), loss]);
        } catch (cause) {
          if (device) await Promise.race([loss.catch(() => undefined), answerOf(device).then(() => pause(lossDelayMs))]);
          throw lossNow() ?? runtimeError(doing, cause);
        }
      };
      const result = last.then(guarded);
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await last;
      isClosing = true;
    },
  };
}
