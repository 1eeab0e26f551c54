import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { Batch } from '../../../src/app/state/dataset/batch.svelte.ts';
import { captionEach, captionFirst } from '../../../src/app/state/queue/caption-acts.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { makeDoor } from '../door.ts';
import { openWorkspace } from '../stage.ts';

async function pictures(count: number): Promise<File[]> {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return Array.from({ length: count }, (_, index) => new File([blob], `${String(index + 1)}.png`, { type: 'image/png' }));
}

describe('the order of the line', () => {
  it('lets a picture that is put first come before the rest of the job at work, and loses none', async () => {
    const door = makeDoor(0);
    const { workspace } = await openWorkspace({ door });
    takeIn(workspace, readFiles(await pictures(12)));
    const [first, , , , , , , , , , eleventh, last] = workspace.library.cards;
    if (first === undefined || eleventh === undefined || last === undefined) return expect.unreachable();
    await vi.waitFor(() => expect(first.state).toBe('writing'));
    expect(workspace.queue.placeOf(last)).toBe(11);
    captionFirst(workspace, [eleventh, last]);
    expect([workspace.queue.placeOf(eleventh), workspace.queue.placeOf(last)]).toEqual([1, 2]);
    door.open();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    expect(door.begun).toEqual([1, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => `${String(number)}.png`));
    expect(workspace.gallery.counts).toMatchObject({ done: 12, failed: 0 });
  });

  it('sends pictures to the end and keeps the order over a reload', async () => {
    const door = makeDoor(0);
    const first = await openWorkspace({ door });
    takeIn(first.workspace, readFiles(await pictures(4)));
    await vi.waitFor(() => expect(first.workspace.library.cards[0]?.state).toBe('writing'));
    first.workspace.queue.stop();
    door.open();
    await vi.waitFor(() => expect(first.workspace.queue.phase).toBe('halted'));
    const cards = first.workspace.library.cards;
    first.workspace.queue.putLast(cards.slice(0, 1));
    first.workspace.queue.putFirst(cards.slice(3));
    await first.workspace.library.flush();
    const second = await openWorkspace({}, first.stores);
    const placed = second.workspace.library.cards.map((card) => second.workspace.queue.placeOf(card));
    expect(placed).toEqual([4, 2, 3, 1]);
  });

  it('puts the picture first that is open when it is asked for again', async () => {
    const door = makeDoor(0);
    const { workspace } = await openWorkspace({ door });
    takeIn(workspace, readFiles(await pictures(5)));
    const last = workspace.library.cards[4];
    if (last === undefined) return expect.unreachable();
    await vi.waitFor(() => expect(workspace.library.cards[0]?.state).toBe('writing'));
    workspace.gallery.openId = last.id;
    workspace.captionAgain([last]);
    expect(workspace.queue.placeOf(last)).toBe(1);
    door.open();
    await workspace.queue.settled();
    expect(door.begun.slice(0, 2)).toEqual(['1.png', '5.png']);
  });
});

describe('captioning in several ways', () => {
  it('writes a caption with each prompt, all of them to choose from, goes on after a reload, and reports by prompt', async () => {
    const door = makeDoor();
    const first = await openWorkspace({ words: 'One.', door });
    takeIn(first.workspace, readFiles(await pictures(2)));
    await vi.waitFor(() => expect(first.workspace.gallery.counts.done).toBe(2));
    const batch = new Batch(first.workspace.library.cards, first.workspace);
    for (const { id } of batch.ways.prompts.slice(1, 3)) batch.ways.togglePrompt(id);
    const recipes = await batch.takeRecipes();
    expect(recipes.map(({ label }) => label)).toEqual(['One sentence', 'Detail', 'Tags']);
    expect(batch.captions).toBe(6);
    await first.workspace.queue.settled();
    door.letThrough(1);
    captionEach(first.workspace, batch.cards, recipes);
    expect(first.workspace.queue.left).toBe(6);
    await vi.waitFor(() => expect(first.workspace.queue.finished).toBe(1));
    first.workspace.queue.stop();
    door.open();
    await vi.waitFor(() => expect(first.workspace.queue.phase).toBe('halted'));
    expect(first.workspace.queue.left).toBe(5);
    await first.workspace.flush();

    const second = await openWorkspace({ words: 'Two.' }, first.stores);
    expect(second.workspace.queue.left).toBe(5);
    second.workspace.queue.go();
    await vi.waitFor(() => expect(second.workspace.queue.phase).toBe('idle'));
    const [card] = second.workspace.library.cards;
    expect(card?.content.captions.map(({ text }) => text)).toEqual(['One.', 'Two.']);
    expect(second.workspace.reports.last?.rows.map(({ label, captions }) => [label, captions])).toContainEqual(['Tags', 2]);
    expect(second.workspace.reports.last?.pictures).toBe(6);

    await second.workspace.flush();
    const third = await openWorkspace({}, first.stores);
    expect(third.workspace.reports.last).toEqual(second.workspace.reports.last);
    expect(third.workspace.queue.finished).toBe(0);
    third.workspace.captionAgain(third.workspace.library.cards.slice(0, 1));
    await vi.waitFor(() => expect(third.workspace.queue.phase).toBe('idle'));
    expect(third.workspace.reports.last).toEqual(second.workspace.reports.last);
  });
});
