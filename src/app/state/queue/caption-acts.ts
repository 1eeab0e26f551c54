/** @file Other ways into the queue than at its end with one recipe: several recipes one after the other, and before all others. */

import type { Card } from '../cards/card.svelte.ts';
import { tellTrouble } from '../prompt/tell-trouble.ts';
import type { Recipe } from './recipe.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Captions each picture with one recipe after the other. */
export function captionEach(workspace: Workspace, cards: readonly Card[], [first, ...further]: readonly Recipe[]): void {
  if (first === undefined) return;
  const { editing, queue } = workspace;
  tellTrouble(workspace);
  editing.closeRun();
  for (const card of cards) card.ask([first, ...further]);
  queue.add(cards);
  queue.go();
}

/** Captions pictures before all others: those that wait move up, the others are captioned with the settings of now. */
export function captionFirst(workspace: Workspace, cards: readonly Card[]): void {
  const waiting = cards.filter(({ isQueued }) => isQueued);
  const others = cards.filter(({ isQueued }) => !isQueued);
  if (others.length > 0) workspace.captionAgain(others, { isFirst: true });
  if (waiting.length > 0) workspace.queue.addFirst(waiting);
}
