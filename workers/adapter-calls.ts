/** @file Calls about styles that may take long: each tells how far it is, and ends when it is asked to. */

import { StudioError } from '../src/core/error.ts';
import { unwatched, watchAdapter, type AdapterWatch } from '../src/engine/adapter/watch.ts';
import type { AdapterProgress } from './adapters-api.ts';
import { tellInOrder } from './last-taken.ts';

/** A call while it goes on. */
export interface AdapterCall {
  readonly watch: AdapterWatch;
  /** Aborted when the call shall end. */
  readonly stop: AbortSignal;
}

/** Who calls; nobody where a call came without an id. */
export interface Caller {
  /** What the call is about, for messages. */
  readonly name: string;
  readonly callId?: string | undefined;
  /** What it gives back is awaited at the end. */
  readonly onProgress?: ((progress: AdapterProgress) => unknown) | undefined;
}

/** The calls that go on. */
export interface AdapterCalls {
  /** Runs a call, and ends when its last report was taken. @throws {StudioError} 'cancelled' where it was asked to end before it was over */
  run<T>(caller: Caller, work: (call: AdapterCall) => Promise<T>): Promise<T>;
  /** Asks a call to end; unknown ids are ignored: it has just ended. */
  stop(callId: string): void;
}

/** Makes an empty list of calls. */
export function makeAdapterCalls(): AdapterCalls {
  const going = new Map<string, AbortController>();
  return {
    run: async ({ name, callId, onProgress = () => undefined }, work) => {
      const ends = new AbortController();
      if (callId === undefined) return work({ watch: unwatched, stop: ends.signal });
      going.set(callId, ends);
      const { tell, taken } = tellInOrder(onProgress);
      const watch = watchAdapter(name, {
        onProgress: tell,
        isStopped: () => ends.signal.aborted,
        breathe: () => new Promise((resolve) => setTimeout(resolve)),
      });
      try {
        return await work({ watch, stop: ends.signal });
      } finally {
        await taken();
        going.delete(callId);
      }
    },
    stop: (callId) => going.get(callId)?.abort(new StudioError('cancelled', 'styles: stopped')),
  };
}
