/** @file Small pictures for the cards: made once, kept, and held in memory only while they are looked at. */

import type { RecordStore } from '../../../storage/records.ts';
import type { Studio } from '../../studio.ts';
import type { Card } from './card.svelte.ts';
import type { Library } from './library.svelte.ts';
import { toPlainError } from '../plain-error.ts';

/** A small picture as it is stored. */
export interface ThumbnailRecord {
  readonly blob: Blob;
}

/** What thumbnails are made with. */
export interface ThumbnailParts {
  readonly studio: Studio;
  readonly library: Library;
  readonly records: RecordStore<ThumbnailRecord>;
  /** Hears of pictures that cannot be decoded. */
  readonly onFailure: (card: Card, error: unknown) => void;
}

/** Sharp on a card of 320 CSS pixels at two device pixels each. @unit pixels */
const maxEdge = 640;
/** As many are decoded at once; one thread does the work, so more would only hold memory. */
const atOnce = 3;
/** Small pictures that stay ready after they left the screen. */
const maxIdle = 240;

/** Makes, keeps and lends the small pictures. */
export class Thumbnails {
  readonly #parts: ThumbnailParts;
  /** Whoever is looked at goes first. */
  readonly #looked = new Set<Card>();
  readonly #line = new Set<Card>();
  readonly #viewers = new Map<Card, number>();
  readonly #idle = new Set<Card>();
  #running = 0;

  constructor(parts: ThumbnailParts) {
    this.#parts = parts;
  }

  /** Makes thumbnails of new cards, in order. */
  make(cards: readonly Card[]): void {
    for (const card of cards) this.#line.add(card);
    this.#pump();
  }

  /** Lends a card its small picture until the returned function is called. */
  show(card: Card): () => void {
    this.#viewers.set(card, (this.#viewers.get(card) ?? 0) + 1);
    this.#idle.delete(card);
    if (card.thumbnailUrl === undefined) {
      this.#line.delete(card);
      this.#looked.add(card);
      this.#pump();
    }
    return () => this.#leave(card);
  }

  /** Lends a card its picture at full size until the returned function is called; a failure is told to `onError`. */
  showLarge(card: Card, onError: (error: unknown) => void): () => void {
    let isLeft = false;
    this.#parts.library.read(card).then((file) => {
      if (!isLeft) card.largeUrl = URL.createObjectURL(file);
    }, onError);
    return () => {
      isLeft = true;
      if (card.largeUrl !== undefined) URL.revokeObjectURL(card.largeUrl);
      card.largeUrl = undefined;
    };
  }

  /** Deletes kept thumbnails of pictures that are neither here nor in the bin. */
  async removeOthers(isInBin: (id: string) => boolean): Promise<void> {
    const ids = await this.#parts.records.ids();
    await this.#parts.records.remove(ids.filter((id) => this.#parts.library.find(id) === undefined && !isInBin(id)));
  }

  /** Lets go of what is held in memory for cards that are not shown any more. */
  leave(cards: readonly Card[]): void {
    for (const card of cards) this.#drop(card);
  }

  #leave(card: Card): void {
    const left = (this.#viewers.get(card) ?? 1) - 1;
    if (left > 0) {
      this.#viewers.set(card, left);
      return;
    }
    this.#viewers.delete(card);
    // One that was not made yet waits with the others.
    if (this.#looked.delete(card) && card.size === undefined) this.#line.add(card);
    this.#idle.add(card);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= maxIdle) break;
      this.#drop(oldest);
    }
  }

  #drop(card: Card): void {
    this.#idle.delete(card);
    this.#line.delete(card);
    this.#looked.delete(card);
    if (card.thumbnailUrl !== undefined) URL.revokeObjectURL(card.thumbnailUrl);
    card.thumbnailUrl = undefined;
  }

  #pump(): void {
    while (this.#running < atOnce) {
      const [next] = this.#looked.size > 0 ? this.#looked : this.#line;
      if (next === undefined) return;
      this.#looked.delete(next);
      this.#line.delete(next);
      this.#running += 1;
      void this.#work(next).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  async #work(card: Card): Promise<void> {
    if (!this.#parts.library.has(card) || card.thumbnailUrl !== undefined) return;
    try {
      const blob = (await this.#parts.records.load(card.id))?.blob ?? (await this.#create(card));
      // A picture that nobody looks at yet needs no address.
      if (this.#viewers.has(card)) card.thumbnailUrl = URL.createObjectURL(blob);
    } catch (error) {
      // A caption that is there already is worth more than its thumbnail; that the picture is broken is noted all the same.
      if (card.state !== 'done') this.#parts.onFailure(card, error);
      else if (toPlainError(error).code === 'picture-invalid') {
        card.error = toPlainError(error);
        this.#parts.library.save(card);
      }
    }
  }

  async #create(card: Card): Promise<Blob> {
    const file = await this.#parts.library.read(card);
    const { blob, width, height } = await this.#parts.studio.thumbnail({ name: card.name, file, maxEdge });
    card.size = { width, height };
    this.#parts.library.save(card);
    await this.#parts.records.save(card.id, { blob });
    return blob;
  }
}
