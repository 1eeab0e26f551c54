/** @file A page whose engine knows styles, with pictures that are captioned in them. */
import { expect, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import type { Card } from '../../../src/app/state/cards/card.svelte.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { fakeStyles, type FakeStyles } from '../fake-styles.ts';
import type { FakeBehaviour } from '../fake-threads.ts';
import { memoryStores, openWorkspace } from '../stage.ts';

/** A page with styles. */
export interface Styled extends FakeStyles {
  readonly workspace: Workspace;
  readonly stores: ReturnType<typeof memoryStores>;
}

/** Opens a page; one with kept drawers has its styles already. */
export async function openStyled(behaviour: FakeBehaviour = {}, stores = memoryStores()): Promise<Styled> {
  const styles = fakeStyles();
  const { workspace } = await openWorkspace({ ...behaviour, styles: styles.api }, stores);
  return { ...styles, workspace, stores };
}

/** Makes pictures. */
export async function pictures(count: number): Promise<File[]> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return Array.from({ length: count }, (_, i) => new File([blob], `${String(i)}.png`, { type: 'image/png' }));
}

/** Adds pictures, waits for their captions and selects them. */
export async function captioned(workspace: Workspace, count: number): Promise<readonly Card[]> {
  takeIn(workspace, readFiles(await pictures(count)));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(count));
  for (const { id } of workspace.library.cards) workspace.gallery.selectedIds.add(id);
  return workspace.library.cards;
}
