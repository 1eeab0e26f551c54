/** @file Shows pictures in another style: captions that were written in it before come back. */

import { withCaption } from '../../../core/dataset/item.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { CardChange, Editing } from '../dataset/editing.svelte.ts';
import { isWrittenIn, labelOf, signOf, type ChosenStyle } from './style-record.ts';

/** Pictures by whether they have a caption in a style. */
export interface Restyled {
  readonly known: readonly Card[];
  readonly unknown: readonly Card[];
}

/** Puts the captions of a style in place, as one step that can be undone, and tells which cards have one. */
export function restyle(cards: readonly Card[], wanted: ChosenStyle | null, editing: Pick<Editing, 'apply'>): Restyled {
  const known: CardChange[] = [];
  const unknown: Card[] = [];
  for (const card of cards) {
    const version = card.versions.find(({ author }) => isWrittenIn(author, wanted));
    card.beside = card.text;
    if (version === undefined) {
      unknown.push(card);
      continue;
    }
    // Signed with the name that the style has now.
    const author = { ...version.author, ...signOf(wanted) };
    known.push({ card, after: withCaption(card.content, { text: version.text, author }) });
  }
  editing.apply(`Captions ${wanted === null ? 'of the model as it is' : `in the style ${labelOf(wanted)}`}`, known);
  return { known: known.map(({ card }) => card), unknown };
}

/** Whether the model wrote a picture's caption in another style than this one; what people wrote is nobody's to change. */
export function isInAnotherStyle(card: Card, wanted: ChosenStyle | null): boolean {
  const author = card.content.captions[0]?.author;
  return card.state === 'done' && author?.kind === 'model' && !isWrittenIn(author, wanted);
}
