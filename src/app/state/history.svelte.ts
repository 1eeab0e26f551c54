/** @file What can be taken back and done again: everything is undone instead of asked twice. */

/** One step that can be taken back. */
export interface Step {
  /** What was done, in the past tense: "3 pictures deleted". */
  readonly label: string;
  readonly undo: () => void;
  /** Does it once more after it was undone; a step without it cannot be done again. */
  readonly redo?: () => void;
  /** Called when the step can no longer be taken back. */
  readonly forget?: () => void;
  /** Called when the step was undone and can no longer be done again. */
  readonly lapse?: () => void;
}

const maxSteps = 500;

/** The steps, newest last. */
export class History {
  #steps = $state.raw<readonly Step[]>([]);
  #undone = $state.raw<readonly Step[]>([]);

  /** What would be undone next. */
  get newest(): Step | undefined {
    return this.#steps.at(-1);
  }

  /** What would be done again next. */
  get newestUndone(): Step | undefined {
    return this.#undone.at(-1);
  }

  /** Brings back the steps of earlier visits, those that are done and those that are undone, oldest first; this visit's stay the newest. */
  restore(done: readonly Step[], undone: readonly Step[]): void {
    this.#steps = [...done, ...this.#steps].slice(-maxSteps);
    this.#undone = [...undone.toReversed(), ...this.#undone];
  }

  /** Remembers a step that was just taken; what was undone before cannot be done again. */
  add(step: Step): void {
    for (const undone of this.#undone) undone.lapse?.();
    this.#undone = [];
    this.#push(step);
  }

  /** Takes a step back: the given one, or the newest. Returns it. */
  undo(step: Step | undefined = this.newest): Step | undefined {
    if (step === undefined || !this.#steps.includes(step)) return undefined;
    this.#steps = this.#steps.filter((other) => other !== step);
    step.undo();
    if (step.redo !== undefined) this.#undone = [...this.#undone, step];
    return step;
  }

  /** Does the step again that was undone last. Returns it. */
  redo(): Step | undefined {
    const step = this.newestUndone;
    if (step?.redo === undefined) return undefined;
    this.#undone = this.#undone.slice(0, -1);
    step.redo();
    this.#push(step);
    return step;
  }

  /** Forgets all steps, as when the page closes. */
  close(): void {
    for (const step of this.#steps) step.forget?.();
    this.#steps = [];
    this.#undone = [];
  }

  #push(step: Step): void {
    const steps = [...this.#steps, step];
    for (const old of steps.slice(0, -maxSteps)) old.forget?.();
    this.#steps = steps.slice(-maxSteps);
  }
}
