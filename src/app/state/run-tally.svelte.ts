/** @file What came of the line since it was last empty, and how fast it goes. */

import { addFinished, timeLeftMs, tokensPerSecond, type Finished } from './rate.ts';

/** What came of a line. */
export interface FinishedRun {
  readonly pictures: number;
  readonly failed: number;
  readonly tokens: number;
  /** Time in which something was under way. @unit ms */
  readonly elapsedMs: number;
}

const emptyRun: FinishedRun = { pictures: 0, failed: 0, tokens: 0, elapsedMs: 0 };

/** Counts while pictures are captioned. */
export class RunTally {
  #run = $state.raw(emptyRun);
  #last = $state.raw<readonly Finished[]>([]);
  #lastSpeed = $state<number | undefined>(undefined);

  /** Pictures finished, those that failed among them. */
  get finished(): number {
    return this.#run.pictures;
  }

  /** Tokens a second over the last pictures; of the last stretch when nothing runs. */
  get tokensPerSecond(): number | undefined {
    return tokensPerSecond(this.#last) ?? this.#lastSpeed;
  }

  /** Time for so many more pictures, at the pace of the last ones. @unit ms */
  timeForMs(pictures: number): number | undefined {
    return timeLeftMs(this.#last, pictures);
  }

  /** Lets speed count from now: pictures of one batch finish together, so their distance says nothing. */
  beginStretch(): void {
    if (this.#last.length === 0) this.#last = addFinished([], { atMs: performance.now(), tokens: 0 });
  }

  /** Counts a picture that is through. */
  count({ isFailed, tokens }: { readonly isFailed: boolean; readonly tokens: number }): void {
    const run = this.#run;
    this.#run = { ...run, pictures: run.pictures + 1, failed: run.failed + (isFailed ? 1 : 0), tokens: run.tokens + tokens };
    this.#last = addFinished(this.#last, { atMs: performance.now(), tokens });
  }

  /** Ends a stretch of work; clocks of different stretches do not add up, so the next one measures its speed anew. */
  endStretch(elapsedMs: number): void {
    this.#run = { ...this.#run, elapsedMs: this.#run.elapsedMs + elapsedMs };
    this.#lastSpeed = this.tokensPerSecond;
    this.#last = [];
  }

  /** Begins to count anew; gives what there was. */
  close(): FinishedRun {
    const run = this.#run;
    this.#run = emptyRun;
    return run;
  }
}
