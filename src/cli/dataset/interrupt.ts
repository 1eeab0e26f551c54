/** @file Ctrl-C as a flag that loops look at between files, so that nothing is left half written. */

/** Watches for Ctrl-C until it is stopped. */
export interface InterruptWatch {
  readonly isInterrupted: () => boolean;
  readonly stop: () => void;
}

/** Begins to watch; a second Ctrl-C ends the program at once. */
export function watchInterrupt(): InterruptWatch {
  const state = { isInterrupted: false };
  const interrupt = (): void => {
    state.isInterrupted = true;
  };
  process.once('SIGINT', interrupt);
  return {
    isInterrupted: () => state.isInterrupted,
    stop: () => process.removeListener('SIGINT', interrupt),
  };
}
