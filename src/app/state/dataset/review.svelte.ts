/** @file Going through captions one picture after the other: accept, change, write again, next. */

import type { Card } from '../cards/card.svelte.ts';
import type { Gallery } from '../cards/gallery.svelte.ts';
import type { Library } from '../cards/library.svelte.ts';

/** A walk through pictures. */
export class Review {
  /** The pictures of the walk, in the order in which they were shown; undefined while nobody reviews. */
  #ids = $state.raw<readonly string[] | undefined>(undefined);
  readonly #library: Library;
  readonly #gallery: Gallery;

  constructor(library: Library, gallery: Gallery) {
    this.#library = library;
    this.#gallery = gallery;
  }

  /** Whether a walk is under way. It ends when the picture is closed. */
  get isOn(): boolean {
    return this.#ids !== undefined && this.#gallery.openId !== undefined;
  }

  /** The pictures of the walk that are still there. */
  get cards(): readonly Card[] {
    return (this.#ids ?? []).flatMap((id) => this.#library.find(id) ?? []);
  }

  /** How many of them are accepted as they are. */
  get accepted(): number {
    return this.cards.filter((card) => card.isAccepted).length;
  }

  /** Begins with the first picture that is not accepted; with the first of all where all are. */
  start(cards: readonly Card[]): void {
    this.#ids = cards.map(({ id }) => id);
    const first = cards.find((card) => !card.isAccepted) ?? cards[0];
    this.#gallery.openId = first?.id;
  }

  /** Ends the walk; the picture stays open. */
  end(): void {
    this.#ids = undefined;
  }

  /** Accepts the caption as it is and goes on; returns whether there was one to accept. */
  accept(): boolean {
    const { open } = this.#gallery;
    if (open === undefined || open.text === '') return false;
    open.accepted = open.text;
    this.#library.save(open);
    this.next();
    return true;
  }

  /** Goes to the next picture that is not accepted; to the next of all where all that follow are. */
  next(): void {
    const { cards } = this;
    const at = this.#place(cards);
    const after = [...cards.slice(at + 1), ...cards.slice(0, Math.max(0, at))];
    const next = after.find((card) => !card.isAccepted) ?? cards[at + 1];
    if (next !== undefined) this.#gallery.openId = next.id;
  }

  /** Goes to the picture before. */
  back(): void {
    const { cards } = this;
    const before = cards[this.#place(cards) - 1];
    if (before !== undefined) this.#gallery.openId = before.id;
  }

  #place(cards: readonly Card[]): number {
    return cards.findIndex(({ id }) => id === this.#gallery.openId);
  }
}
