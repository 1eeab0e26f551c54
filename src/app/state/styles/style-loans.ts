/** @file Styles that work needs until it ends, whatever becomes of them in the library meanwhile. */

import type { StyleFile } from './style-record.ts';

/** Who borrows which styles. */
export class StyleLoans {
  readonly #borrowers = new Map<string, number>();
  readonly #onFree: (id: string) => void;

  /** Takes what hears of a style that nobody borrows any more. */
  constructor(onFree: (id: string) => void) {
    this.#onFree = onFree;
  }

  /** Whether somebody borrows a style. */
  has(id: string): boolean {
    return this.#borrowers.has(id);
  }

  /** Lends a style for as long as work goes on; undefined needs none. */
  async during<T>(style: Pick<StyleFile, 'id'> | undefined, work: () => Promise<T>): Promise<T> {
    if (style === undefined) return work();
    const { id } = style;
    this.#borrowers.set(id, (this.#borrowers.get(id) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#giveBack(id);
    }
  }

  #giveBack(id: string): void {
    const left = (this.#borrowers.get(id) ?? 1) - 1;
    if (left > 0) {
      this.#borrowers.set(id, left);
      return;
    }
    this.#borrowers.delete(id);
    this.#onFree(id);
  }
}
