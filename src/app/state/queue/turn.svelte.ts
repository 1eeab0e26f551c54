/** @file Two queues and one model: the one that goes first is worked off, and the other rests until then. */

/** What is heard of the queue that goes first. */
export interface FirstQueue {
  readonly isActive: boolean;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
  readonly turn: Pick<Turn, 'watchStarts'>;
}

/** A queue's place behind another one. */
export class Turn {
  /** Whether it rests now. */
  isResting = $state(false);
  readonly #first: FirstQueue | undefined;
  readonly #startWatchers: (() => void)[] = [];

  /** @param first goes first; undefined where nobody does @param makeWay ends the job at work after the pictures that are being written */
  constructor(first: FirstQueue | undefined, makeWay: () => void) {
    this.#first = first;
    first?.turn.watchStarts(makeWay);
  }

  /** Hears each start of the queue whose place this is. */
  watchStarts(hear: () => void): void {
    this.#startWatchers.push(hear);
  }

  /** Tells that the queue whose place this is has started. */
  tellStart(): void {
    for (const hear of this.#startWatchers) hear();
  }

  /** Rests while the other is at work, or until a signal calls it off. */
  async take(signal: AbortSignal): Promise<void> {
    const called = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (this.#first?.isActive === true && !signal.aborted) {
      this.isResting = true;
      await Promise.race([this.#first.settled(), called]);
    }
    this.isResting = false;
  }
}
