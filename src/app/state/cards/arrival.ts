/** @file Pictures of a data set on their way into the gallery: shown as they are found, told what is said of them as that is read. */

import { sameContent } from '../../../core/dataset/edit/same-content.ts';
import type { DatasetItem, ItemContent } from '../../../core/dataset/item.ts';
import type { Card, CardPlace } from './card.svelte.ts';
import type { CardChange, Editing } from '../dataset/editing.svelte.ts';
import type { ImportSink } from '../dataset/importing.svelte.ts';
import type { DatasetPicture, Library } from './library.svelte.ts';
import type { Recipe } from '../queue/recipe.ts';

/** What an arrival stands on. */
export interface ArrivalParts {
  readonly library: Library;
  readonly editing: Editing;
  readonly recipe: () => Recipe;
}

/** What became of the pictures when all is read. */
export interface Arrived {
  readonly cards: readonly Card[];
  /** What the data set tells of pictures that someone has captioned meanwhile: it is put behind. */
  readonly changes: readonly CardChange[];
}

/** What comes in small pieces is shown so often at most: each time the whole gallery is arranged. @unit ms */
const showEveryMs = 400;

const nothing: ItemContent = { captions: [], tags: [] };

/** The pictures of one data set. */
export class Arrival implements ImportSink {
  readonly #parts: ArrivalParts;
  readonly #cards: Card[] = [];
  readonly #byPath = new Map<string, Card>();
  /** What the cards were told, as it stands on them where nobody has changed it. */
  readonly #told = new Map<Card, ItemContent>();
  #found: DatasetPicture[] = [];
  #read: DatasetItem[] = [];
  #shownAtMs = -Infinity;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** Shows pictures that are found, in their order. */
  add(pictures: readonly DatasetPicture[]): void {
    this.#found.push(...pictures);
    this.#showSoon();
  }

  /** Tells cards what is said of them. */
  learn(items: readonly DatasetItem[]): void {
    this.#read.push(...items);
    this.#showSoon();
  }

  /** Tells the cards all that is known in the end, and keeps them; `pictures` are those that were added, in the same order. */
  settle(pictures: readonly DatasetPicture[]): Arrived {
    const { library, recipe } = this.#parts;
    this.#show();
    const changes = this.#cards.flatMap((card, index) => {
      const known = pictures[index]?.known;
      if (known === undefined) return [];
      const { split, id: sourceId, metadata, folderId } = known;
      return this.#tell(card, { path: card.place.path, split, sourceId, metadata, folderId }, known) ?? [];
    });
    for (const card of this.#cards) if (isUndecided(card)) card.ask([recipe()]);
    library.settle(this.#cards);
    return { cards: this.#cards, changes };
  }

  /** Takes all of it back, as a step that can be undone. */
  takeBack(): void {
    const { library, editing } = this.#parts;
    library.giveUp(this.#cards);
    const here = this.#cards.filter((card) => library.has(card));
    if (here.length > 0) editing.remove(here, 'taken back');
  }

  #showSoon(): void {
    if (performance.now() - this.#shownAtMs >= showEveryMs) this.#show();
  }

  #show(): void {
    const { library, recipe } = this.#parts;
    if (this.#found.length > 0) {
      const cards = library.announce(this.#found, recipe());
      this.#found = [];
      for (const card of cards) {
        this.#cards.push(card);
        this.#byPath.set(card.place.path, card);
        this.#told.set(card, card.content);
      }
    }
    for (const item of this.#read) {
      const card = this.#byPath.get(item.path);
      const { split, id: sourceId, metadata } = item;
      if (card !== undefined) this.#tell(card, { ...card.place, split, sourceId, metadata }, item);
    }
    this.#read = [];
    this.#shownAtMs = performance.now();
  }

  /** Tells a card what is said of it; where someone has changed it meanwhile, gives the change that would join both. */
  #tell(card: Card, place: CardPlace, { captions, tags }: ItemContent): CardChange | undefined {
    card.place = place;
    const told = this.#told.get(card) ?? nothing;
    if (sameContent(told, { captions, tags })) return undefined;
    const { content } = card;
    if (content !== told) {
      const texts = new Set([...content.captions, ...told.captions].map(({ text }) => text));
      const after = {
        captions: [...content.captions, ...captions.filter(({ text }) => !texts.has(text))],
        tags: [...new Set([...content.tags, ...tags.filter((tag) => !told.tags.includes(tag))])],
      };
      return { card, after };
    }
    card.put({ captions, tags });
    this.#told.set(card, card.content);
    if (card.text !== '' && !card.isQueued && !card.isBusy) card.state = 'done';
    return undefined;
  }
}

/** Whether nobody has said yet what is to become of a picture without a caption. */
export function isUndecided(card: Card): boolean {
  return card.state === 'waiting' && !card.isQueued && card.text === '';
}
