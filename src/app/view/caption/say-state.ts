/** @file A card's state in a word or two. */

import type { Card } from '../../state/card.svelte.ts';

/** The quiet words below a caption: state, then what it was asked. */
export function sayState(card: Pick<Card, 'state' | 'isQueued' | 'author' | 'recipe'>): string {
  switch (card.state) {
    case 'waiting':
      return card.isQueued ? 'waiting' : 'not captioned';
    case 'looking':
    case 'writing':
    case 'failed':
      return card.state;
    case 'done':
      return sayAuthorship(card);
    default:
      return card.state satisfies never;
  }
}

function sayAuthorship({ author, recipe }: Pick<Card, 'author' | 'recipe'>): string {
  switch (author?.kind) {
    case 'person':
    case 'rule':
      return 'edited';
    case 'file':
      return 'from a file';
    case 'model':
      return author.style ?? recipe.label.toLowerCase();
    case undefined:
      return recipe.label.toLowerCase();
    default:
      return author satisfies never;
  }
}
