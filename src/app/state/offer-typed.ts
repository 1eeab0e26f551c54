/** @file What was typed into a field that Escape left: it is not taken over, and not lost either. */

import type { Notices } from './notices.svelte.ts';
import { sayStart } from './words.ts';

/** What was typed, and into whose field. */
export interface TypedWords {
  readonly of: string;
  readonly typed: string;
}

/** Says that an edit is not taken over, and offers it for a while. */
export function offerTyped(notices: Notices, { of, typed }: TypedWords, bringBack: () => void): void {
  const text = `${of}: ${sayStart(typed)}`;
  notices.say({ title: 'Your edit is not taken over', text, offers: typed, acts: [{ label: 'Bring back', run: bringBack }] });
}
