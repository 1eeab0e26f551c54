/** @file Goes through a run of `train`: checkpoints that are refused are told and the run goes on, Ctrl-C says what is kept. */

import { StudioError } from '../../core/error.ts';
import type { TrainEnd } from '../../engine/train/events.ts';
import type { ByteStore, Trainer } from '../../engine/train/request.ts';
import { sayError } from '../say-error.ts';
import type { RunPlace } from './run-place.ts';
import { sayPlace } from './tell-run.ts';

/** Puts checkpoints down. */
export interface CheckpointKeeper {
  readonly store: ByteStore;
  /** Whether there is one to go on from, be it an earlier one. */
  hasAny(): boolean;
  /** Why the last one could not be put down; null where it is there. */
  missed(): StudioError | null;
}

/**
 * Makes the keeper of a run's place: what is learned is worth more than the state on the way, and it may fit where that does not.
 *
 * @param before awaited before each is written: a log that lags behind its checkpoint would lack steps after a kill
 */
export function keepCheckpoints({ checkpoints, stopped }: RunPlace, before: () => Promise<void> | undefined): CheckpointKeeper {
  let hasAny = stopped !== null;
  let missed: StudioError | null = null;
  return {
    store: {
      ...checkpoints,
      write: async (name, bytes) => {
        await before();
        try {
          await checkpoints.write(name, bytes);
          [hasAny, missed] = [true, null];
        } catch (cause) {
          if (!(cause instanceof StudioError)) throw cause;
          missed = cause;
          sayError(`${cause.message}; this state of the run is not kept, it goes on in memory`);
        }
      },
    },
    hasAny: () => hasAny,
    missed: () => missed,
  };
}

/** Goes on until the end. @throws {StudioError} 'cancelled' at Ctrl-C, saying how to go on */
export async function runToEnd(trainer: Trainer, keeper: CheckpointKeeper): Promise<Exclude<TrainEnd, 'paused'>> {
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const end = await trainer.run(() => (isInterrupted ? 'pause' : 'go'));
    if (end !== 'paused') return end;
    throw new StudioError('cancelled', sayStopped(trainer, keeper));
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}

function sayStopped(trainer: Trainer, keeper: CheckpointKeeper): string {
  if (keeper.missed() === null)
    return keeper.hasAny()
      ? `stopped after ${sayPlace(trainer)}; the same command with --resume goes on from here`
      : 'stopped before the first step; the same command begins again and knows the pictures that it has looked at';
  const how = keeper.hasAny() ? 'with --resume goes on from the checkpoint before' : 'begins again';
  return `stopped after ${sayPlace(trainer)}, which could not be kept; the same command ${how}`;
}
