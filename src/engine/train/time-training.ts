/** @file How long a step of training takes, measured by a trial. */

import { StudioError } from '../../core/error.ts';
import type { TrainWish } from './events.ts';
import type { TrainRequest } from './request.ts';
import { openTrainer } from './trainer.ts';

/** What a trial showed. @unit ms, both */
export interface TimeEstimate {
  readonly stepMs: number;
  /** Looking at the first pictures and building the graph. */
  readonly openMs: number;
}

/**
 * Makes three steps on the first pictures, measures the latter two and forgets what was learned.
 *
 * @throws {StudioError} 'cancelled' when it was wished to stop, within a step
 */
export async function timeTraining(request: TrainRequest, wish: () => TrainWish = () => 'go'): Promise<TimeEstimate> {
  const { options, pictures } = request;
  const startMs = performance.now();
  const ends: number[] = [];
  const trainer = await openTrainer({
    ...request,
    options: { ...options, length: { steps: 3 } },
    pictures: pictures.slice(0, options.batchPictures * options.accumulate),
    validation: [],
    checkpoints: null,
    resumes: false,
    onEvent: ({ kind }) => {
      if (kind === 'step') ends.push(performance.now());
    },
  });
  try {
    if ((await trainer.run(wish)) !== 'finished') throw new StudioError('cancelled', 'measuring was stopped');
  } finally {
    await trainer.close();
  }
  const [first = startMs, second = startMs, third = startMs] = ends;
  return { stepMs: Math.min(second - first, third - second), openMs: first - startMs };
}
