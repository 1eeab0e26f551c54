/** @file The order in which pictures are captioned; it is kept with the pictures, so that it outlives the page. */

import type { Card } from '../cards/card.svelte.ts';

/** Pictures whose place among those that wait is worked out; further ones are far enough away not to be exact. */
const exactPlaces = 128;

/** The pictures that wait or are being written, the next one first. */
export class Line {
  #cards = $state.raw<readonly Card[]>([]);
  readonly #members = new Set<Card>();
  readonly #places = $derived.by(() => {
    const places = new Map<Card, number>();
    let busy = 0;
    for (const [index, card] of this.#cards.entries()) {
      if (index < exactPlaces && card.isBusy) busy += 1;
      else places.set(card, index - busy + 1);
    }
    return places;
  });
  readonly #captions = $derived(this.#cards.reduce((sum, { further }) => sum + 1 + further.length, 0));

  /** How many pictures there are. */
  get size(): number {
    return this.#cards.length;
  }

  /** How many captions they are to get in all. */
  get captions(): number {
    return this.#captions;
  }

  /** All of them, the next one first. */
  get cards(): readonly Card[] {
    return this.#cards;
  }

  /** Whether a picture is among them. */
  has(card: Card): boolean {
    return this.#members.has(card);
  }

  /** Place among those that wait, from 1; undefined for those that are being written or do not wait. */
  placeOf(card: Card): number | undefined {
    return this.#places.get(card);
  }

  /** Brings back the order of an earlier visit; pictures that have no place in it come last, as they arrived. */
  restore(cards: readonly Card[]): readonly Card[] {
    const placeOf = ({ linePlace }: Card): number => linePlace ?? Number.MAX_SAFE_INTEGER;
    return this.add(cards.toSorted((a, b) => placeOf(a) - placeOf(b) || a.order - b.order));
  }

  /** Puts pictures that are not there yet at the end; gives back those. */
  add(cards: readonly Card[]): readonly Card[] {
    const added = [...new Set(cards)].filter((card) => !this.#members.has(card));
    for (const card of added) this.#members.add(card);
    this.#number(added, (this.#cards.at(-1)?.linePlace ?? 0) + 1);
    this.#cards = [...this.#cards, ...added];
    return added;
  }

  /** Puts pictures of the line at its head, in the given order; gives back those that moved. */
  putFirst(cards: readonly Card[]): readonly Card[] {
    const moved = [...new Set(cards)].filter((card) => this.#members.has(card));
    const waiting = this.#cards.filter((card) => !card.isBusy);
    if (moved.every((card, index) => waiting[index] === card)) return [];
    this.#number(moved, (this.#cards[0]?.linePlace ?? 0) - moved.length);
    const isMoved = new Set(moved);
    this.#cards = [...moved, ...this.#cards.filter((card) => !isMoved.has(card))];
    return moved;
  }

  /** Puts pictures of the line at its end, in the given order; gives back those. */
  putLast(cards: readonly Card[]): readonly Card[] {
    const moved = cards.filter((card) => this.#members.has(card));
    this.remove(moved);
    return this.add(moved);
  }

  /** Takes pictures out. */
  remove(cards: readonly Card[]): void {
    const gone = new Set(cards.filter((card) => this.#members.delete(card)));
    if (gone.size > 0) this.#cards = this.#cards.filter((card) => !gone.has(card));
  }

  #number(cards: readonly Card[], from: number): void {
    for (const [index, card] of cards.entries()) card.linePlace = from + index;
  }
}
