/** @file Learning rates over a run. */

/** How the learning rate goes, as plain data. */
export interface Schedule {
  readonly kind: 'cosine' | 'linear' | 'constant';
  /** The rate at the end of the warm-up. */
  readonly peak: number;
  /** Steps in which the rate grows from 0 to the peak; the first of them moves nothing. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * Gives the learning rate of a step, counted from 0.
 *
 * @source transformers get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup, get_constant_schedule_with_warmup 5.23
 */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { kind, peak, warmupSteps, totalSteps } = schedule;
  if (step < warmupSteps) return (peak * step) / Math.max(1, warmupSteps);
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  switch (kind) {
    case 'constant':
      return peak;
    case 'linear':
      return peak * Math.max(0, 1 - progress);
    case 'cosine':
      return peak * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    default:
      return kind satisfies never;
  }
}
