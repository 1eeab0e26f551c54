/** @file What came of the line since it was last empty, and how fast it goes. */

import type { Card } from '../cards/card.svelte.ts';
import { addFinished, timeLeftMs, tokensPerSecond, type Finished } from './rate.ts';
import { sayRecipe } from './recipe.ts';

/** What was written with one prompt in one style. */
export interface RunRow {
  readonly label: string;
  readonly captions: number;
  readonly tokens: number;
}

/** A picture that could not be captioned. */
export interface RunFailure {
  readonly id: string;
  readonly name: string;
  readonly message: string;
}

/** What came of a line. */
export interface FinishedRun {
  /** Those that failed among them; a picture that was captioned in several ways counts once for each. */
  readonly pictures: number;
  readonly failed: number;
  readonly tokens: number;
  /** Time in which something was under way. @unit ms */
  readonly elapsedMs: number;
  /** By prompt and style, in the order in which they were first met. */
  readonly rows: readonly RunRow[];
  readonly failures: readonly RunFailure[];
}

const emptyRun = { pictures: 0, failed: 0, tokens: 0, elapsedMs: 0 } as const;

/** Counts while pictures are captioned. */
export class RunTally {
  #run = $state.raw<Omit<FinishedRun, 'rows' | 'failures'>>(emptyRun);
  readonly #rows = new Map<string, RunRow>();
  readonly #failures: RunFailure[] = [];
  #last = $state.raw<readonly Finished[]>([]);
  #lastSpeed = $state<number | undefined>(undefined);
  /** When the stretch of work under way began; undefined while there is none. */
  #startMs: number | undefined;

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

  /** Counts on from where an earlier visit was. */
  takeUp({ rows, failures, ...run }: FinishedRun): void {
    this.#run = run;
    for (const row of rows) this.#rows.set(row.label, row);
    this.#failures.push(...failures);
  }

  /** Begins a stretch of work. */
  begin(): void {
    this.#startMs = performance.now();
  }

  /** Lets speed count from now: pictures of one batch finish together, so their distance says nothing. */
  beginStretch(): void {
    if (this.#last.length === 0) this.#last = addFinished([], { atMs: performance.now(), tokens: 0 });
  }

  /** Counts a picture that is through. */
  count({ id, name, state, recipe, error }: Card, tokens: number): void {
    const run = this.#run;
    const isFailed = state === 'failed';
    this.#run = { ...run, pictures: run.pictures + 1, failed: run.failed + (isFailed ? 1 : 0), tokens: run.tokens + tokens };
    if (isFailed) this.#failures.push({ id, name, message: error?.message ?? '' });
    else {
      const label = sayRecipe(recipe);
      const row = this.#rows.get(label) ?? { label, captions: 0, tokens: 0 };
      this.#rows.set(label, { label, captions: row.captions + 1, tokens: row.tokens + tokens });
    }
    this.#last = addFinished(this.#last, { atMs: performance.now(), tokens });
  }

  /** Ends a stretch of work; clocks of different stretches do not add up, so the next one measures its speed anew. */
  endStretch(): void {
    this.#run = { ...this.#run, elapsedMs: this.#elapsedMs() };
    this.#startMs = undefined;
    this.#lastSpeed = this.tokensPerSecond;
    this.#last = [];
  }

  /** What there is so far. */
  read(): FinishedRun {
    return { ...this.#run, elapsedMs: this.#elapsedMs(), rows: [...this.#rows.values()], failures: [...this.#failures] };
  }

  /** Begins to count anew; gives what there was. */
  close(): FinishedRun {
    const run = this.read();
    this.#run = emptyRun;
    this.#rows.clear();
    this.#failures.length = 0;
    return run;
  }

  #elapsedMs(): number {
    return this.#run.elapsedMs + (this.#startMs === undefined ? 0 : performance.now() - this.#startMs);
  }
}
