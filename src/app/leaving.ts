/** @file What happens when the page is about to go: what is half typed counts as typed, and what is not written down is. */

import { knownRefusal } from '../storage/refusal.ts';
import { watchUnwritten } from '../storage/unwritten.ts';
import type { Workspace } from './state/workspace.svelte.ts';

/**
 * Writes down what is not yet as soon as the page may be about to close, and asks before it closes over pictures that are still being copied,
 * or over any where nothing outlasts the tab.
 */
export function writeOnLeaving(workspace: Workspace): void {
  const write = (): void => void workspace.flush();
  addEventListener('beforeunload', (event) => {
    endTyping();
    write();
    const { unkept, cards } = workspace.library;
    if (unkept > 0 || (knownRefusal().records && cards.length > 0)) event.preventDefault();
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
