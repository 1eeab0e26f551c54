/** @file Cards of several shelves as one, for one queue: whoever has a card reads it and writes it down. */

import type { Card } from './card.svelte.ts';
import type { CardShelf } from '../queue/job.ts';

/** Joins shelves whose cards have different ids; a card that none has any more is left to the first. */
export function joinShelves(first: CardShelf, second: CardShelf): CardShelf {
  const shelfOf = (card: Card): CardShelf => (second.find(card.id) === card ? second : first);
  return {
    find: (id) => first.find(id) ?? second.find(id),
    read: (card) => shelfOf(card).read(card),
    save: (card) => shelfOf(card).save(card),
  };
}
