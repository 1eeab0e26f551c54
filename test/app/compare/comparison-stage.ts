/** @file Comparisons on drawers in memory and an engine that says in which style it wrote. */
import { expect, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { compare } from '../../../src/app/state/compare/compare-acts.ts';
import { makeDrafts } from '../../../src/app/state/compare/column-drafts.ts';
import type { ColumnDraft } from '../../../src/app/state/compare/comparison-column.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { WayPicker } from '../../../src/app/state/prompt/way-picker.svelte.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import type { FakeBehaviour, FakeThreads } from '../fake-threads.ts';
import { memoryStores, openWorkspace } from '../stage.ts';

/** What the engine writes without a style. */
export const zeroShot = 'A grey cat lies on a wooden table and looks into the camera.';

/** A page with two styles. */
export interface Compared {
  readonly workspace: Workspace;
  readonly threads: FakeThreads;
  readonly stores: ReturnType<typeof memoryStores>;
}

/** Opens a page; one with kept drawers has its styles already. */
export async function openCompared(behaviour: FakeBehaviour = {}, stores = memoryStores()): Promise<Compared> {
  const styles = fakeStyles();
  const { workspace, threads } = await openWorkspace({ ...behaviour, styles: styles.api }, stores);
  if (workspace.styles.all.length === 0) {
    for (const [id, name] of [['tales', 'Tales'] as const, ['short', 'Short'] as const])
      await workspace.styles.import(styleSource(id, name));
  }
  return { workspace, threads, stores };
}

/** Adds pictures and waits for their captions. */
export async function addCaptioned(workspace: Workspace, count: number): Promise<void> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  takeIn(workspace, readFiles(Array.from({ length: count }, (_, i) => new File([blob], `${String(i)}.png`, { type: 'image/png' }))));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(count));
  await workspace.queue.settled();
}

/** Columns of all styles with the prompt of the panel: the model as it is, Tales, Short. */
export async function draftStyles(workspace: Workspace): Promise<readonly ColumnDraft[]> {
  const ways = new WayPicker(workspace);
  ways.tickAllStyles();
  return (await makeDrafts(workspace, ways)) ?? expect.unreachable('where to compute is not chosen');
}

/** Opens a comparison of all pictures in all styles and has it written. */
export async function compareStyles(workspace: Workspace): Promise<void> {
  compare(workspace, null);
  await workspace.comparison.add(await draftStyles(workspace));
  await workspace.comparison.write();
  await workspace.queue.settled();
}

/** The captions as rows; null where there is none. */
export function grid({ comparison }: Workspace): readonly (readonly (string | null)[])[] {
  return comparison.rows.map((card) => comparison.columns.map((column) => comparison.captionOf(card, column)?.text ?? null));
}
