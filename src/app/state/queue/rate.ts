/** @file How fast the queue goes and how long it still takes, from what was finished last. */

/** One finished picture. */
export interface Finished {
  /** @unit ms, on any steady clock */
  readonly atMs: number;
  readonly tokens: number;
}

/** So many last pictures speak for the speed of now. */
const window = 24;

/** Adds a finished picture and forgets what is too long ago to speak for now. */
export function addFinished(last: readonly Finished[], finished: Finished): readonly Finished[] {
  return [...last, finished].slice(-(window + 1));
}

/** Tokens a second over the last pictures; undefined until two are finished, and where none wrote anything. */
export function tokensPerSecond(last: readonly Finished[]): number | undefined {
  const elapsedMs = spanMs(last);
  if (elapsedMs === undefined) return undefined;
  const tokens = last.slice(1).reduce((sum, one) => sum + one.tokens, 0);
  return tokens === 0 ? undefined : (tokens * 1000) / elapsedMs;
}

/** Time that the remaining pictures take at the pace of the last ones; undefined until it can be told. @unit ms */
export function timeLeftMs(last: readonly Finished[], remaining: number): number | undefined {
  const elapsedMs = spanMs(last);
  return elapsedMs === undefined || remaining === 0 ? undefined : (elapsedMs / (last.length - 1)) * remaining;
}

/** The time from the first to the last, once there is one to speak of. */
function spanMs(last: readonly Finished[]): number | undefined {
  const [first] = last;
  const final = last.at(-1);
  if (first === undefined || final === undefined || final.atMs <= first.atMs) return undefined;
  return final.atMs - first.atMs;
}
