/** @file How long work still takes, from the share of it that is done. */

/** Before that the work has not shown how fast it is. */
const least = { share: 0.02, elapsedMs: 500 } as const;

/** Goes by the pace so far; undefined until that can be told. @param share from 0 to 1 @unit ms */
export function timeLeftMs(share: number, elapsedMs: number): number | undefined {
  return share > least.share && elapsedMs > least.elapsedMs ? (elapsedMs * (1 - share)) / share : undefined;
}
