/** @file Reports of the queue's runs, kept over a reload: of the last one that ended, and of the one that is under way. */

import type { RecordStore } from '../../../storage/records.ts';
import { LateWrite } from '../late-write.ts';
import type { FinishedRun } from './run-tally.svelte.ts';

/** As soon as the pictures themselves are written; a report that lists many failures is written less often. @unit ms */
const saveDelayMs = 40;

const ids = { last: 'last', going: 'going' } as const;

/** The reports. */
export class RunReports {
  /** What came of the line when it was last worked off. */
  last = $state.raw<FinishedRun | undefined>(undefined);
  readonly #records: RecordStore<FinishedRun>;
  #going: (() => FinishedRun) | undefined;
  /** Of the report that was written last. */
  #failures = 0;
  readonly #late = new LateWrite(() => this.flush());
  #writing: Promise<void> = Promise.resolve();

  constructor(records: RecordStore<FinishedRun>) {
    this.#records = records;
  }

  /** Brings the last report back; gives that of a run that the closing page broke off. */
  async load(): Promise<FinishedRun | undefined> {
    const [last, going] = await Promise.all([this.#records.load(ids.last), this.#records.load(ids.going)]);
    this.last ??= last;
    return going;
  }

  /** Writes down soon what the run under way has come to. */
  noteGoing(read: () => FinishedRun): void {
    this.#going = read;
    this.#late.plan(saveDelayMs + this.#failures);
  }

  /** Takes the report of a run that has ended. */
  finish(run: FinishedRun): void {
    this.#going = undefined;
    this.#failures = 0;
    // One caption that was asked for again is no run to read about, and should not cover the one before it.
    const isRun = run.pictures > 1 || run.failed > 0;
    if (isRun) this.last = run;
    this.#write(async () => {
      if (isRun) await this.#records.save(ids.last, run);
      await this.#records.remove([ids.going]);
    });
  }

  /** Writes down now what is not yet. */
  flush(): Promise<void> {
    this.#late.drop();
    const run = this.#going?.();
    this.#going = undefined;
    if (run !== undefined) {
      this.#failures = run.failures.length;
      this.#write(() => this.#records.save(ids.going, run));
    }
    return this.#writing;
  }

  /** A browser that keeps nothing still reports in this visit. */
  #write(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch(() => undefined);
  }
}
