/** @file A line of progress on a terminal; nothing where the output is not one. */

/** Shows progress. */
export interface ProgressLine {
  /** Says how far it is; `done` and `total` in any one unit. */
  update(label: string, done: number, total: number): void;
  /** Takes the line away. */
  clear(): void;
}

/** Makes a progress line on standard error. */
export function progressLine(): ProgressLine {
  if (!process.stderr.isTTY) return { update: () => undefined, clear: () => undefined };
  const startMs = performance.now();
  let lastMs = -Infinity;
  return {
    update: (label, done, total) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < 100 && done < total) return;
      lastMs = nowMs;
      const left = done > 0 ? `, ${describeSeconds(((nowMs - startMs) / done / 1000) * (total - done))} left` : '';
      process.stderr.write(`\r\x1b[2K${label} ${String(done)}/${String(total)}${left}`);
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
