/** @file How fast training goes, and how long it will take. */

/** Measures steps and looks. */
export interface Pace {
  /** One step was made, with so many captions. @unit ms */
  step(elapsedMs: number, captions: number): void;
  /** One look was made. @unit ms */
  look(elapsedMs: number): void;
  captionsPerSecond(): number;
  /** Null until one step has shown how long it takes. @unit s */
  secondsLeft(stepsLeft: number, looksLeft: number): number | null;
}

/** Steps that the present speed is told from. */
const recentSteps = 21;

/** Begins to measure. Steps that build a graph take longer; the median leaves them out. */
export function measurePace(): Pace {
  let recent: readonly { readonly elapsedMs: number; readonly captions: number }[] = [];
  let lookMs = 0;
  const stepMs = (): number => recent.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b)[Math.floor(recent.length / 2)] ?? 0;
  return {
    step: (elapsedMs, captions) => {
      recent = [...recent.slice(1 - recentSteps), { elapsedMs, captions }];
    },
    look: (elapsedMs) => {
      lookMs = elapsedMs;
    },
    captionsPerSecond: () => {
      const captions = recent.reduce((sum, step) => sum + step.captions, 0);
      return recent.length === 0 ? 0 : (1000 * captions) / (recent.length * Math.max(stepMs(), 1e-3));
    },
    secondsLeft: (stepsLeft, looksLeft) => (recent.length === 0 ? null : (stepMs() * stepsLeft + lookMs * looksLeft) / 1000),
  };
}
