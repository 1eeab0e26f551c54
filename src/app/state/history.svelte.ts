/** @file What can be taken back: everything is undone instead of asked twice. */

/** One step that can be taken back. */
export interface Step {
  /** What was done, in the past tense: "3 pictures deleted". */
  readonly label: string;
  readonly undo: () => void;
  /** Called when the step can no longer be taken back. */
  readonly forget?: () => void;
}

const maxSteps = 50;

/** The steps of this visit, newest last. */
export class History {
  #steps = $state.raw<readonly Step[]>([]);

  /** What would be undone next. */
  get newest(): Step | undefined {
    return this.#steps.at(-1);
  }

  /** Remembers a step that was just taken. */
  add(step: Step): void {
    const steps = [...this.#steps, step];
    for (const old of steps.slice(0, -maxSteps)) old.forget?.();
    this.#steps = steps.slice(-maxSteps);
  }

  /** Takes a step back: the given one, or the newest. Returns it. */
  undo(step: Step | undefined = this.newest): Step | undefined {
    if (step === undefined || !this.#steps.includes(step)) return undefined;
    this.#steps = this.#steps.filter((other) => other !== step);
    step.undo();
    return step;
  }

  /** Forgets all steps, as when the page closes. */
  close(): void {
    for (const step of this.#steps) step.forget?.();
    this.#steps = [];
  }
}
