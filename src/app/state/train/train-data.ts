/** @file Pictures with captions, as training in the page takes them. */

import { makeRandom } from '../../../core/tensor/random.ts';
import type { PictureSource } from '../../../storage/picture-files.ts';
import type { Card } from '../cards/card.svelte.ts';

/** A picture to learn from, so that it is found again after a reload. */
export interface TrainItem {
  /** Its path in the data set; no two share it. */
  readonly id: string;
  readonly captions: readonly string[];
  readonly source: PictureSource;
  /** In whose drawer a copied file lies. */
  readonly drawer: 'gallery' | 'own';
}

/** What is learned, and what is only looked at. */
export interface SplitItems {
  readonly pictures: readonly TrainItem[];
  readonly validation: readonly TrainItem[];
}

/** Takes the gallery's pictures that have a caption and whose file is kept. */
export function itemsOfCards(cards: readonly Card[]): readonly TrainItem[] {
  const taken = new Set<string>();
  return cards.flatMap((card) => {
    const captions = card.content.captions.map(({ text }) => text).filter((text) => text.trim() !== '');
    if (captions.length === 0 || card.source === undefined) return [];
    const id = taken.has(card.place.path) ? `${card.place.path} (${card.id})` : card.place.path;
    taken.add(id);
    return [{ id, captions, source: card.source, drawer: 'gallery' as const }];
  });
}

/** Sets a share apart that is not learned: the same share and seed choose the same pictures. From four pictures on it is one at least. */
export function splitItems(items: readonly TrainItem[], share: number, seed: number): SplitItems {
  const count = share === 0 || items.length < 4 ? 0 : Math.min(items.length - 1, Math.max(1, Math.round(share * items.length)));
  const random = makeRandom(seed, 0);
  const apart = new Set(
    items
      .map((item) => ({ item, draw: random.nextUniform() }))
      .toSorted((a, b) => a.draw - b.draw)
      .slice(0, count)
      .map(({ item }) => item),
  );
  return { pictures: items.filter((item) => !apart.has(item)), validation: items.filter((item) => apart.has(item)) };
}
