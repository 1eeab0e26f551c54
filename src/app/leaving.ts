/** @file What happens when the page is about to go: what is half typed counts as typed, and what is not written down is. */

import { watchUnwritten } from '../storage/unwritten.ts';
import type { Workspace } from './state/workspace.svelte.ts';

/** Writes down what is not yet as soon as the page may be about to close, and asks before it closes over pictures that are still being copied. */
export function writeOnLeaving(workspace: Workspace): void {
  const write = (): void => void workspace.flush();
  addEventListener('beforeunload', (event) => {
    endTyping();
    write();
    if (workspace.library.unkept > 0) event.preventDefault();
  });
  // The last that a page hears where a system closes tabs by itself.
  document.addEventListener('visibilitychange', write);
  addEventListener('pagehide', write);
}

/** Marks the document with `data-unwritten` as long as something that a visit has changed is not written down. */
export function tellUnwritten(): void {
  watchUnwritten((isAllWritten) => document.documentElement.toggleAttribute('data-unwritten', !isAllWritten));
}

/** A field is taken over when it is left, which a closing page would not do. */
function endTyping(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
