/** @file Taking a style away with a way back. */

import type { History } from '../history.svelte.ts';
import type { Notices } from '../notices.svelte.ts';

/** A style that goes, and how it comes back. */
export interface StyleRemoval {
  readonly name: string;
  readonly takeAway: () => Promise<void>;
  readonly bringBack: () => Promise<void>;
  readonly history: History;
  readonly notices: Notices;
}

/** Takes it away, says so, and offers to undo that. */
export async function removeStyle({ name, takeAway, bringBack, history, notices }: StyleRemoval): Promise<void> {
  const tell = (work: Promise<void>): void => void work.catch((error: unknown) => notices.tell(error));
  const label = `${name} deleted`;
  await takeAway();
  history.add({ label, undo: () => tell(bringBack()), redo: () => tell(takeAway()) });
  notices.say({ title: label, acts: [{ label: 'Undo', run: () => void history.undo() }] });
}
