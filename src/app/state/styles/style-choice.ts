/** @file What choosing a style does to pictures: those that are chosen change to it, the others are told of. */

import type { Card } from '../cards/card.svelte.ts';
import { isInAnotherStyle, restyle } from './restyle.ts';
import { sayCount } from '../words.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Chooses a style; captions of the chosen pictures that were written in it come back at once, the others are written. */
export function chooseStyle(workspace: Workspace, id: string | undefined): void {
  const { styles, gallery } = workspace;
  styles.choose(id);
  const cards = gallery.open === undefined ? gallery.selected : [gallery.open];
  if (cards.length > 0) showInStyle(workspace, cards);
  else offerStyle(workspace);
}

function showInStyle(workspace: Workspace, cards: readonly Card[]): void {
  const { known, unknown } = restyle(cards, workspace.styles.wanted, workspace.editing);
  // What waits for another style has its caption now.
  workspace.queue.drop(known);
  if (unknown.length > 0) workspace.captionAgain(unknown);
}

/** With nothing selected a style is for what comes next; what is there can follow with one click. */
function offerStyle(workspace: Workspace): void {
  const { styles, library, notices } = workspace;
  const others = library.cards.filter((card) => isInAnotherStyle(card, styles.wanted));
  if (others.length === 0) return;
  notices.say({
    title: `${styles.chosen?.name ?? 'The model as it is'}: for what comes next`,
    text: 'Select pictures before you choose a style, and they change to it.',
    acts: [{ label: `Change ${sayCount(others.length, 'picture')}`, run: () => showInStyle(workspace, others) }],
  });
}
