/** @file What the runtime throws, as errors of ours: it knows only sentences, and numbers where C++ broke down. */

import { StudioError } from '../src/core/error.ts';
import { isOutOfMemory } from '../src/engine/out-of-memory.ts';

/** Names what happened while `doing` was done; errors of ours pass as they are. */
export function runtimeError(doing: string, cause: unknown): StudioError {
  if (cause instanceof StudioError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (isOutOfMemory(cause)) {
    return new StudioError('out-of-memory', `${doing}: no memory is left (${reason}); close other tabs, or choose a smaller model`, {
      cause,
    });
  }
  if (/could not find an implementation|not implemented|is not a registered function/i.test(reason)) {
    return new StudioError(
      'op-unsupported',
      `${doing}: the backend lacks an operation of this model (${reason}); choose the other backend`,
      { cause },
    );
  }
  return new StudioError('internal', `${doing}: the runtime failed (${reason}); reload the page, and tell us if it happens again`, {
    cause,
  });
}

/** Says that the GPU went away. */
export function deviceLost(reason: string): StudioError {
  const detail = reason === '' ? '' : ` (${reason})`;
  return new StudioError('device-lost', `WebGPU: the device went away${detail}; open the model again to go on`);
}
