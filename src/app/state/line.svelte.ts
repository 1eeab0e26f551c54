/** @file The order in which pictures are captioned: a set that can be put in another order. */

import type { Card } from './card.svelte.ts';

/** The pictures that wait or are being written, the next one first. */
export class Line {
  #cards = $state.raw<readonly Card[]>([]);
  readonly #members = new Set<Card>();

  /** How many there are. */
  get size(): number {
    return this.#cards.length;
  }

  /** All of them, the next one first. */
  get cards(): readonly Card[] {
    return this.#cards;
  }

  /** Whether a picture is among them. */
  has(card: Card): boolean {
    return this.#members.has(card);
  }

  /** Puts pictures that are not there yet at the end; gives back those. */
  add(cards: readonly Card[]): readonly Card[] {
    const added = [...new Set(cards)].filter((card) => !this.#members.has(card));
    for (const card of added) this.#members.add(card);
    if (added.length > 0) this.#cards = [...this.#cards, ...added];
    return added;
  }

  /** Takes pictures out. */
  remove(cards: readonly Card[]): void {
    const gone = new Set(cards.filter((card) => this.#members.delete(card)));
    if (gone.size > 0) this.#cards = this.#cards.filter((card) => !gone.has(card));
  }
}
