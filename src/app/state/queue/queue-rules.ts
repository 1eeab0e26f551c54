/** @file The rules of the queue, apart from the screen: what follows what, what goes into one job, and when to try again. */

import type { StudioErrorCode } from '../../../core/error.ts';

/** What the queue is doing. */
export type QueuePhase =
  | 'idle' // nothing waits
  | 'opening' // the model is on its way
  | 'running'
  | 'pausing' // finishes what is being written
  | 'stopping' // ends within one token
  | 'halted'; // pictures wait for "go on"

/** What can happen to the queue. */
export type QueueEvent = 'go' | 'opened' | 'pause' | 'stop' | 'drained' | 'halted';

/** The phase that follows; an event that means nothing in a phase leaves it as it is. */
export function followPhase(phase: QueuePhase, event: QueueEvent): QueuePhase {
  switch (event) {
    case 'go':
      return phase === 'idle' || phase === 'halted' ? 'opening' : phase;
    case 'opened':
      return phase === 'opening' ? 'running' : phase;
    case 'pause':
      if (phase === 'opening') return 'stopping';
      return phase === 'running' ? 'pausing' : phase;
    case 'stop':
      return phase === 'idle' || phase === 'halted' ? phase : 'stopping';
    case 'drained':
      return 'idle';
    case 'halted':
      return 'halted';
    default:
      return event satisfies never;
  }
}

/** Whether a loop should begin another job. */
export function wantsMore(phase: QueuePhase): boolean {
  return phase === 'opening' || phase === 'running';
}

/** Whether work is under way. */
export function isActive(phase: QueuePhase): boolean {
  return phase !== 'idle' && phase !== 'halted';
}

/** One job's share of the line: from the front, as long as what is asked for stays the same, `limit` at most. */
export function takeJob<T>(line: Iterable<T>, askedOf: (item: T) => unknown, limit: number): readonly T[] {
  const job: T[] = [];
  let key: string | undefined;
  for (const item of line) {
    const itemKey = JSON.stringify(askedOf(item));
    key ??= itemKey;
    if (job.length === limit || itemKey !== key) break;
    job.push(item);
  }
  return job;
}

/** How often in a row a lost device is opened again before the queue halts. */
export const maxReopenings = 3;

/** What to do when a whole job fails. */
export function answerFailure(code: StudioErrorCode, reopenings: number): 'reopen' | 'halt' {
  return code === 'device-lost' && reopenings < maxReopenings ? 'reopen' : 'halt';
}
