/** @file A card's state in a word or two. */

import type { Card } from '../../state/cards/card.svelte.ts';

/** The quiet words below a caption: state, or the place in the queue from 1, then what it was asked. */
export function sayState(card: Pick<Card, 'state' | 'isQueued' | 'author' | 'recipe'>, linePlace?: number): string {
  switch (card.state) {
    case 'waiting':
      return card.isQueued ? sayPlace(linePlace) : 'not captioned';
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

/** Exact near the head of the line, where it matters. */
function sayPlace(place: number | undefined): string {
  if (place === undefined) return 'waiting';
  return place === 1 ? 'next' : `${place.toLocaleString('en')} in line`;
}

function sayAuthorship({ author, recipe }: Pick<Card, 'author' | 'recipe'>): string {
  switch (author?.kind) {
    case 'person':
    case 'rule':
      return 'edited';
    case 'file':
      return 'from a file';
    case 'model':
      // The recipe may be of a caption that stands beside the one that counts.
      return author.style ?? (author.prompt === recipe.prompt ? recipe.label.toLowerCase() : author.model);
    case undefined:
      return recipe.label.toLowerCase();
    default:
      return author satisfies never;
  }
}
