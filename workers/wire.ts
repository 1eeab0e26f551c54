/** @file How errors cross between threads: comlink keeps an error's name and message, this keeps its code, cause and details too. */

import { transferHandlers } from 'comlink';
import type { TransferHandler } from 'comlink';
import { present, StudioError } from '../src/core/error.ts';
import type { StudioErrorCode } from '../src/core/error.ts';

/** An error as a record that structured clone can carry; `code` is there for a StudioError only. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: StudioErrorCode | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause: WireError | undefined;
}

type Thrown = { readonly value: unknown };
type WireThrow = { readonly error: WireError };

/** A chain of causes longer than this says nothing more. */
const maxCauses = 8;

/** Writes an error, or anything else that was thrown, as a plain record. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  const error = thrown instanceof Error ? thrown : new StudioError('internal', `thrown value: ${String(thrown)}`);
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: error instanceof StudioError ? error.code : undefined,
    details: error instanceof StudioError ? plainDetails(error.details) : {},
    cause: error.cause === undefined || depth >= maxCauses ? undefined : toWireError(error.cause, depth + 1),
  };
}

/** Rebuilds the error from its record: a StudioError where it was one, so that `instanceof` and `code` work on this side. */
export function fromWireError(wire: WireError): Error {
  const cause = wire.cause === undefined ? undefined : fromWireError(wire.cause);
  const error =
    wire.code === undefined
      ? Object.assign(new Error(wire.message, { cause }), { name: wire.name })
      : new StudioError(wire.code, wire.message, { cause, details: wire.details });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

/** Replaces comlink's handling of thrown values; both threads call this once before they talk. */
export function installErrorWire(): void {
  const plain = present(transferHandlers.get('throw'), 'comlink has no throw handler');
  const handler: TransferHandler<Thrown, WireThrow> = {
    canHandle: (value): value is Thrown => plain.canHandle(value),
    serialize: (thrown) => [{ error: toWireError(thrown.value) }, []],
    deserialize: (wire) => {
      throw fromWireError(wire.error);
    },
  };
  transferHandlers.set('throw', handler);
}

/** Details that cannot be cloned (functions, open handles) are dropped one by one, so that the error itself always arrives. */
function plainDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    try {
      plain[key] = structuredClone(value);
    } catch {
      plain[key] = String(value);
    }
  }
  return plain;
}
