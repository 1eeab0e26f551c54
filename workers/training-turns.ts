/** @file Lets a run of training and everything else that is asked for take turns: the run rests between two steps and goes on by itself. */

import type { TrainWish } from '../src/engine/train/events.ts';
import type { TrainingOutcome } from './train-api.ts';

/** What the turns of one run need. */
export interface Turns {
  /** Runs work when all earlier jobs have ended. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether another job runs or waits. */
  readonly isBusy: () => boolean;
  /** Whether a job waits for the one that runs. */
  readonly isAwaited: () => boolean;
  /** One turn: goes on until the end, or until the run is wished to rest. */
  readonly turn: (wish: () => TrainWish) => Promise<TrainingOutcome>;
  readonly onResting: () => void;
}

/** The wishes of a run, as they are now. */
export interface Wishes {
  wish: TrainWish;
  /** Whether other jobs go first. */
  yields: boolean;
  /** Called after a change while the run rests. */
  heard: () => void;
}

/** Wishes of a run that starts. */
export function freshWishes(yields: boolean): Wishes {
  return { wish: 'go', yields, heard: () => undefined };
}

/**
 * Runs turn after turn until the run is over or somebody wishes it to pause. A wish that comes while the run rests is heard at once: what was
 * learned is put down then.
 */
export async function runInTurns(wishes: Wishes, turns: Turns): Promise<TrainingOutcome> {
  let last: TrainingOutcome = { end: 'paused', stepsDone: 0, totalSteps: 0 };
  let rests = turns.isBusy();
  for (;;) {
    if (rests) turns.onResting();
    last = await nextTurn(wishes, turns, last);
    if (last.end !== 'paused' || wishes.wish === 'pause') return last;
    if (wishes.wish === 'stop') return { ...last, end: 'stopped' };
    rests = true;
  }
}

/** Waits for a turn and takes it; gives what was reached before where a wish came first, or others wait still. */
function nextTurn(wishes: Wishes, { run, isAwaited, turn }: Turns, before: TrainingOutcome): Promise<TrainingOutcome> {
  const wishNow = (): TrainWish => (wishes.wish === 'go' && wishes.yields && isAwaited() ? 'pause' : wishes.wish);
  return new Promise((resolve, reject) => {
    let isWaiting = true;
    wishes.heard = () => {
      if (!isWaiting || wishes.wish === 'go') return;
      isWaiting = false;
      resolve(before);
    };
    run(async () => {
      if (!isWaiting) return;
      isWaiting = false;
      resolve(wishNow() === 'go' ? await turn(wishNow) : before);
    }).catch(reject);
  });
}
