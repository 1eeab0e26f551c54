/** @file A card's state in a word or two. */

import type { Card } from '../../state/card.svelte.ts';

/** The quiet words below a caption: state, then what it was asked. */
export function sayState(card: Pick<Card, 'state' | 'isQueued' | 'isEdited' | 'recipe'>): string {
  switch (card.state) {
    case 'waiting':
      return card.isQueued ? 'waiting' : 'not captioned';
    case 'looking':
    case 'writing':
    case 'failed':
      return card.state;
    case 'done':
      return card.isEdited ? 'edited' : card.recipe.label.toLowerCase();
    default:
      return card.state satisfies never;
  }
}
