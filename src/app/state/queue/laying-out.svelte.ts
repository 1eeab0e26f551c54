/** @file How far the style of a job is on its way to the model, before the first picture is written in it. */

import type { StyleProgress } from '../styles/style-work.svelte.ts';
import { timeLeftMs } from '../time-left.ts';

/** What a job tells of its style. */
export interface LaidOut {
  readonly name: string;
  /** @unit bytes */
  readonly done: number;
  readonly total: number;
}

/** The style that is laid out now. */
export class LayingOut {
  #told = $state.raw<Omit<StyleProgress, 'isStopping'> | undefined>(undefined);
  #first: { readonly atMs: number; readonly done: number } | undefined;

  /** How far it is; undefined while none is laid out, or for a moment only. */
  get progress(): Omit<StyleProgress, 'isStopping'> | undefined {
    return this.#told;
  }

  /** Notes how far it is. */
  note({ name, done, total }: LaidOut): void {
    const nowMs = performance.now();
    this.#first ??= { atMs: nowMs, done }; // the first report comes when something is done already
    const left = total - this.#first.done;
    const leftMs = left > 0 ? timeLeftMs((done - this.#first.done) / left, nowMs - this.#first.atMs) : undefined;
    this.#told = { name, stage: 'laying out', done, total, leftMs };
  }

  /** Notes that it is over, or was given up. */
  end(): void {
    if (this.#first === undefined) return;
    this.#first = undefined;
    this.#told = undefined;
  }
}
