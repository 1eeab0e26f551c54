/** @file Stop strings: where a text must end, and how much of a growing one could still become such an end. */

/** Finds where the earliest of the stop strings begins, looking from a position on; -1 where there is none. */
export function findStop(text: string, stops: readonly string[], from = 0): number {
  let earliest = -1;
  for (const stop of stops) {
    const at = stop === '' ? -1 : text.indexOf(stop, from);
    if (at >= 0 && (earliest < 0 || at < earliest)) earliest = at;
  }
  return earliest;
}

/** Cuts a finished text before the earliest stop string. */
export function cutAtStop(text: string, stops: readonly string[]): string {
  const at = findStop(text, stops);
  return at < 0 ? text : text.slice(0, at);
}

/** Counts the characters at the end of a text that could be the beginning of a stop string, the longest such end. */
export function countHeldBack(text: string, stops: readonly string[]): number {
  let held = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > held; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) held = length;
    }
  }
  return held;
}
