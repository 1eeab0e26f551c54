/** @file What an act is, and which pictures it is for. */

import type { Card } from './cards/card.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

/** Something that can be done. */
export interface Act {
  readonly id: string;
  readonly group: 'Add' | 'Queue' | 'Captions' | 'Prompt' | 'View' | 'Help';
  readonly label: (workspace: Workspace) => string;
  readonly keys?: string;
  /** Its key counts only in the room where the pictures are seen that it is for. */
  readonly needsSight?: boolean;
  /** Other words by which people look for it. */
  readonly alias?: string;
  readonly isOffered?: (workspace: Workspace) => boolean;
  readonly run: (workspace: Workspace) => void | Promise<void>;
}

/** What an act on captions is for: the picture shown large, else the selection, else everything that the filter shows. */
export function affected(workspace: Workspace): readonly Card[] {
  const { open, selected } = workspace.gallery;
  if (open !== undefined) return [open];
  if (selected.length > 0) return selected;
  return workspace.gallery.isFiltered ? workspace.gallery.shown : workspace.library.cards;
}

/** Whether there are pictures. */
export const hasCards = ({ library }: Workspace): boolean => library.cards.length > 0;
/** Whether a picture is open or some are selected. */
export const isChosen = ({ gallery }: Workspace): boolean => gallery.openId !== undefined || gallery.selectedIds.size > 0;

/** Whether a comparison is what is seen. */
export const isComparing = ({ room, comparison, gallery }: Workspace): boolean =>
  room === 'caption' && comparison.isOpen && gallery.openId === undefined;

/** Names what an act on captions is for. */
export function sayAffected(workspace: Workspace): string {
  const { gallery } = workspace;
  if (gallery.openId !== undefined) return 'this picture';
  if (gallery.selectedIds.size > 0) return 'the selection';
  return gallery.isFiltered ? 'what is shown' : 'all';
}
