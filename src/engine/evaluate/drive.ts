/** @file Runs scoring step by step, so that a host can report, stop and breathe. */

import { StudioError } from '../../core/error.ts';
import type { ScoreProgress } from '../../core/metric/score.ts';

/** How the host hears of progress, asks to stop, and gets its turn. */
export interface EvaluationControl {
  readonly onProgress?: (progress: ScoreProgress) => void;
  readonly isCancelled?: () => boolean;
  /** Lets the host look at its messages; asked for a few times a second. */
  readonly pause?: () => Promise<void>;
}

/**
 * Runs work to its end; between steps it reports, may be stopped, and lets the host breathe.
 *
 * @throws {StudioError} 'cancelled'
 */
export async function drive<T>(work: Generator<ScoreProgress, T>, control: EvaluationControl): Promise<T> {
  const pauseEveryMs = 50;
  let lastPauseMs = Date.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    control.onProgress?.(step.value);
    if (control.pause && Date.now() - lastPauseMs >= pauseEveryMs) {
      await control.pause();
      lastPauseMs = Date.now();
    }
    if (control.isCancelled?.() === true) throw new StudioError('cancelled', 'evaluation: stopped');
  }
}
