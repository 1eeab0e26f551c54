/** @file Begins an export; apart from the acts, so that they do not bring its code along. */

import type { Card } from '../cards/card.svelte.ts';
import { Exporting } from './exporting.svelte.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Begins an export of cards. */
export function openExport({ library, stores, editing }: Workspace, cards: readonly Card[]): Exporting {
  return new Exporting(cards, {
    library,
    folders: stores.folders,
    stamps: stores.stamps,
    apply: (label, changes) => void editing.apply(label, changes),
  });
}
