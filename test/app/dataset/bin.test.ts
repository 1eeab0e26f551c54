import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { EditLog, type EditLogRecord } from '../../../src/app/state/dataset/edit-log.svelte.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { memoryRecords, memoryStores, openWorkspace } from '../stage.ts';

async function captioned(workspace: Workspace, count: number): Promise<void> {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  takeIn(workspace, readFiles(Array.from({ length: count }, (_, i) => new File([blob], `${String(i + 1)}.png`, { type: 'image/png' }))));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(count));
}

/** Lets everything be written down that is on its way: into drawers in memory, within one turn of the event loop. */
async function settle(workspace: Workspace): Promise<void> {
  await workspace.flush();
  await new Promise((resolve) => setTimeout(resolve));
}

const namesOf = ({ library }: Workspace): readonly string[] => library.cards.map(({ name }) => name);

describe('deleted pictures', () => {
  it('come back after a reload with their captions, and go again', async () => {
    const first = await openWorkspace();
    await captioned(first.workspace, 3);
    const [, second] = first.workspace.library.cards;
    if (second === undefined) return expect.unreachable();
    first.workspace.editing.write(second, 'Mine.');
    first.workspace.remove(first.workspace.library.cards.slice(1));
    await settle(first.workspace);
    expect([await first.stores.cards.ids(), await first.stores.bin.ids()].map((ids) => ids.length)).toEqual([1, 2]);

    const after = await openWorkspace({}, first.stores);
    expect(namesOf(after.workspace)).toEqual(['1.png']);
    expect(after.workspace.bin.cards).toHaveLength(2);
    after.workspace.undo();
    expect(namesOf(after.workspace)).toEqual(['1.png', '2.png', '3.png']);
    expect(after.workspace.library.cards[1]?.text).toBe('Mine.');
    expect((await after.workspace.library.read(after.workspace.library.cards[1] ?? second)).size).toBeGreaterThan(0);
    after.workspace.undo();
    expect(after.workspace.library.cards[1]?.text).toMatch(/^A grey cat/);
    after.workspace.redo();
    after.workspace.redo();
    expect(namesOf(after.workspace)).toEqual(['1.png']);
    await settle(after.workspace);

    const last = await openWorkspace({}, first.stores);
    expect(namesOf(last.workspace)).toEqual(['1.png']);
    expect(last.workspace.history.newest?.label).toBe('2 pictures deleted');
  });

  it('are written down nowhere any more once they are back', async () => {
    const { workspace, stores } = await openWorkspace();
    await captioned(workspace, 2);
    workspace.remove(workspace.library.cards.slice(0, 1));
    workspace.undo();
    await settle(workspace);
    expect(await stores.bin.ids()).toEqual([]);
    expect(await stores.cards.ids()).toHaveLength(2);
    expect(namesOf((await openWorkspace({}, stores)).workspace)).toEqual(['1.png', '2.png']);
  });

  it('wait in line again where they did before', async () => {
    const { workspace } = await openWorkspace();
    await captioned(workspace, 1);
    workspace.captionAgain(workspace.library.cards);
    workspace.remove(workspace.library.cards);
    expect(workspace.queue.left).toBe(0);
    workspace.undo();
    expect(workspace.queue.left).toBe(1);
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
  });

  it('are gone for good when the bin is emptied, and an undo says so', async () => {
    const stores = memoryStores();
    const removed: unknown[] = [];
    const { workspace } = await openWorkspace(
      {},
      {
        ...stores,
        files: {
          ...stores.files,
          remove: (sources) => {
            removed.push(...sources);
            return Promise.resolve();
          },
        },
      },
    );
    await captioned(workspace, 2);
    const [card] = workspace.library.cards;
    if (card === undefined) return expect.unreachable();
    workspace.remove([card]);
    expect(workspace.bin.keptBytes).toBe(card.sizeBytes);
    workspace.bin.destroy([card.id]);
    await vi.waitFor(() => expect(removed).toEqual([card.source]));
    workspace.undo();
    expect(namesOf(workspace)).toEqual(['2.png']);
    expect(workspace.notices.toasts.some(({ title }) => title === '1 picture cannot come back')).toBe(true);
  });

  it('go for good when their step falls out of the history', async () => {
    const { workspace, stores } = await openWorkspace();
    await captioned(workspace, 2);
    const [card, other] = workspace.library.cards;
    if (card === undefined || other === undefined) return expect.unreachable();
    workspace.remove([card]);
    for (let i = 0; i < 499; i += 1) workspace.editing.write(other, `Caption ${String(i)}.`);
    expect(workspace.bin.has(card.id)).toBe(true);
    workspace.editing.write(other, 'One too many.');
    expect(workspace.bin.has(card.id)).toBe(false);
    await vi.waitFor(async () => expect(await stores.bin.ids()).toEqual([]));
  });

  it('come back from the notice though something else was done meanwhile', async () => {
    const { workspace } = await openWorkspace();
    await captioned(workspace, 2);
    const [card, other] = workspace.library.cards;
    if (card === undefined || other === undefined) return expect.unreachable();
    workspace.remove([card]);
    workspace.editing.write(other, 'Mine.');
    workspace.notices.toasts.find(({ title }) => title === '1 picture deleted')?.acts[0]?.run();
    expect(namesOf(workspace)).toEqual(['1.png', '2.png']);
    expect(other.text).toBe('Mine.');
  });
});

describe('the history of two tabs', () => {
  it('keeps the steps of both', async () => {
    const records = memoryRecords<EditLogRecord>();
    const open = async (): Promise<EditLog> => {
      const log = new EditLog({ records, onLost: () => undefined, onTrouble: () => undefined });
      await log.load();
      return log;
    };
    const step = (id: string) => ({ label: `${id} deleted`, atMs: 1, changes: [], removed: [id] });
    const [one, two] = [await open(), await open()];
    one.record(step('a'));
    await one.flush();
    two.record(step('b'));
    await two.flush();
    one.record(step('c'));
    await one.flush();
    const { steps, position } = (await open()).history;
    expect(steps.map(({ label }) => label).toSorted()).toEqual(['a deleted', 'b deleted', 'c deleted']);
    expect(position).toBe(3);
  });
});
