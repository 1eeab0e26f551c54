/** @file The one error type of the studio and its closed list of codes. */

/**
 * What kind of thing went wrong; the screen and the command line switch on it, never on the text.
 */
export type StudioErrorCode =
  | 'adapter-mismatch' // an adapter does not fit the loaded model
  | 'argument-invalid' // a caller or a user passed something out of range
  | 'cancelled' // the user stopped it
  | 'device-lost' // the GPU went away; it can be opened again
  | 'file-invalid' // a file's bytes contradict its format
  | 'file-missing' // a file that something names is not there
  | 'integrity' // bytes differ from their recorded hash
  | 'internal' // a broken invariant of ours
  | 'loss-diverged' // training met NaN or an exploding loss
  | 'model-unknown' // an architecture that no family here reads
  | 'network' // a fetch failed
  | 'op-unsupported' // a graph needs an op or a gradient that has no rule
  | 'out-of-memory' // host or device memory
  | 'permission' // the browser or the system refused access
  | 'picture-invalid' // a picture that cannot be decoded
  | 'prompt-invalid' // a prompt without a place for the picture, or too long
  | 'shape-mismatch' // tensors whose shapes do not go together
  | 'source-changed' // files are not those that a load was begun with
  | 'storage-damaged' // what was kept does not open, or is no record of ours
  | 'storage-full' // the quota or the disk is spent
  | 'webgpu-missing'; // no adapter, or one without what is needed

/** What an error may carry beside its message. */
export interface StudioErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Plain data for the screen: names, sizes, numbers. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error with a code to switch on; its message says place, what was expected, what was found and what to do.
 */
export class StudioError extends Error {
  readonly code: StudioErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: StudioErrorCode, message: string, options: StudioErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StudioError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Throws `internal` unless the condition holds: for invariants that only our own mistakes can break. */
export function assertInternal(condition: boolean, message: string): asserts condition {
  if (!condition) throw new StudioError('internal', `internal: ${message}`);
}

/** Returns the value, or throws `internal` where it is undefined: for look-ups that cannot fail. */
export function present<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new StudioError('internal', `internal: ${message}`);
  return value;
}
