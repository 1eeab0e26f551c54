/** @file How long a download still takes, from the bytes of the last seconds. */

/** How much had come at a time. */
export interface ByteSample {
  /** @unit ms, on any steady clock */
  readonly atMs: number;
  /** @unit bytes */
  readonly done: number;
}

/** Older samples say nothing of the line as it is now. */
const windowMs = 20_000;
/** Before that the line has not shown what it can. */
const leastMs = 2000;

/** Adds a sample and forgets those that are too old; a step back starts over. */
export function addSample(samples: readonly ByteSample[], sample: ByteSample): readonly ByteSample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.done < last.done) return [sample];
  return [...samples.filter(({ atMs }) => sample.atMs - atMs <= windowMs), sample];
}

/** The bytes a second of the last seconds; undefined until that can be told. */
export function bytesPerSecond(samples: readonly ByteSample[]): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < leastMs || last.done === first.done) return undefined;
  return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
}
