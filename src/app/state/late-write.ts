/** @file A write that waits a moment, so that a burst of changes is written in one go. */

import { holdUnwritten } from '../../storage/unwritten.ts';

/** A write to come; until then the page counts as not written down. */
export class LateWrite {
  readonly #write: () => unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #release: (() => void) | undefined;

  constructor(write: () => unknown) {
    this.#write = write;
  }

  /** Writes after a while, or when that was planned before. @param delayMs at most so long from now */
  plan(delayMs: number): void {
    this.#release ??= holdUnwritten();
    this.#timer ??= setTimeout(this.#write, delayMs);
  }

  /** Gives up what was planned, since it is written now. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#release?.();
    this.#timer = undefined;
    this.#release = undefined;
  }
}
