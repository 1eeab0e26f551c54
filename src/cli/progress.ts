/** @file A line of progress on a terminal; nothing where the output is not one. */

/** Shows progress. */
export interface ProgressLine {
  /** Says how far it is; `done` and `total` in any one unit. @param secondsLeft where it is known better than from the pace; null says nothing of it */
  update(label: string, done: number, total: number, secondsLeft?: number | null): void;
  /** Takes the line away. */
  clear(): void;
}

/** Makes a progress line on standard error. @param say tells a count in its unit */
export function progressLine(say: (count: number) => string = String): ProgressLine {
  if (!process.stderr.isTTY) return { update: () => undefined, clear: () => undefined };
  let start: { readonly ms: number; readonly done: number } | undefined;
  let lastMs = -Infinity;
  return {
    update: (label, done, total, secondsLeft) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < 100 && done < total) return;
      lastMs = nowMs;
      // Work that is gone on with has something done before its clock starts.
      if (start === undefined || done < start.done) start = { ms: nowMs, done };
      const speed = (done - start.done) / (nowMs - start.ms);
      const guessed = speed > 0 && Number.isFinite(speed) ? (total - done) / speed / 1000 : null;
      const seconds = secondsLeft === undefined ? guessed : secondsLeft;
      const left = seconds === null ? '' : `, ${describeSeconds(seconds)} left`;
      process.stderr.write(`\r\x1b[2K${label} ${say(done)}/${say(total)}${left}`);
    },
    clear: () => {
      lastMs = -Infinity;
      process.stderr.write('\r\x1b[2K');
    },
  };
}

/** Tells a length of time in words. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${String(Math.ceil(seconds))} s`;
  if (seconds < 5400) return `${String(Math.round(seconds / 60))} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Tells a count of bytes, for a line of progress. */
export function sayBytes(count: number): string {
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}
