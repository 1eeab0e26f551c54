/** @file Cards as pictures of a data set: what operations, checks and exports work on. */

import { makeItem, type DatasetItem } from '../../../core/dataset/item.ts';
import type { TemplateSubject } from '../../../core/dataset/template/template.ts';
import type { Card } from '../cards/card.svelte.ts';

/** Shows a card as a picture of a data set; its path is the card's id, which no other card has. */
export function itemOfCard(card: Card): DatasetItem {
  return itemAt(card.id, card);
}

/** What prompts can tell of a card. */
export function subjectOf(card: Card): TemplateSubject {
  return { item: itemAt(card.place.path, card), width: card.size?.width ?? null, height: card.size?.height ?? null };
}

/** Pictures of a data set and the card of each. */
export interface NamedItems {
  readonly items: readonly DatasetItem[];
  readonly cardOf: (path: string) => Card | undefined;
}

/** Shows cards under the paths where they lie; of two at one place the later gets a number. */
export function itemsAtPaths(cards: readonly Card[]): NamedItems {
  const byPath = new Map<string, Card>();
  const items = cards.map((card) => {
    let { path } = card.place;
    for (let count = 2; byPath.has(path); count++) path = card.place.path.replace(/(\.[^./]*)?$/u, ` (${String(count)})$1`);
    byPath.set(path, card);
    return itemAt(path, card);
  });
  return { items, cardOf: (path) => byPath.get(path) };
}

/** Shows a card as a picture of a data set that lies at a path. */
export function itemAt(path: string, { content, place, sizeBytes }: Card): DatasetItem {
  const { split, sourceId, metadata } = place;
  return makeItem(path, { byteLength: sizeBytes, captions: content.captions, tags: content.tags, split, id: sourceId, metadata });
}
