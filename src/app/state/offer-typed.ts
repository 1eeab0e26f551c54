/** @file What was typed into a field that Escape left: it is not taken over, and not lost either. */

import type { Notices } from './notices.svelte.ts';

/** Says that an edit is not taken over, and offers it for a while. */
export function offerTyped(notices: Notices, bringBack: () => void): void {
  notices.say({ title: 'Your edit is not taken over', acts: [{ label: 'Bring back', run: bringBack }] });
}
