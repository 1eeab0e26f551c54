/** @file What a queue works with. */

import type { StudioErrorCode } from '../../../core/error.ts';
import type { Model } from '../models/model.svelte.ts';
import type { NoticeAct, Notices } from '../notices.svelte.ts';
import type { JobParts } from './job.ts';
import type { FinishedRun } from './run-tally.svelte.ts';
import type { FirstQueue } from './turn.svelte.ts';

/** Remembers whether work was under way. */
export interface RunMemory {
  readonly now: { readonly wasRunning: boolean };
  change(changes: { readonly wasRunning: boolean }): void;
}

/** What the queue works with. */
export interface QueueParts extends JobParts {
  readonly model: Model;
  readonly settings: RunMemory;
  readonly notices: Notices;
  /** What can be done about an error that halts the queue. */
  readonly actsFor: (code: StudioErrorCode) => readonly NoticeAct[];
  /** Hears that more has come of the line; `read` gives all that has. */
  readonly onCounted?: (read: () => FinishedRun) => void;
  /** Hears of a line that was worked off to its end. */
  readonly onDrained?: (run: FinishedRun) => void;
  /** A queue that goes first: this one rests while that is at work. */
  readonly first?: FirstQueue;
}
