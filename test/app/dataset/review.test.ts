import { afterEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { openStage, openWorkspace, type Stage } from '../stage.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(60, 40);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

const title = (): string => document.querySelector('.detail h2')?.textContent ?? '';

describe('the review', () => {
  it('goes from picture to picture by keys alone: accept, edit, again, next', async () => {
    stage = await openStage();
    const { workspace, stores } = stage;
    takeIn(workspace, readFiles([await picture('a.png'), await picture('b.png'), await picture('c.png')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    await userEvent.keyboard('v');
    await vi.waitFor(() => expect(title()).toBe('a.png'));
    await userEvent.keyboard('a');
    await vi.waitFor(() => expect(title()).toBe('b.png'));
    await userEvent.keyboard('e');
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
    await userEvent.keyboard('By hand.{Enter}');
    await vi.waitFor(() => expect(workspace.library.cards[1]?.text).toBe('By hand.'));
    await userEvent.keyboard('n');
    await vi.waitFor(() => expect(title()).toBe('c.png'));
    await userEvent.keyboard('a');
    await vi.waitFor(() => expect(title()).toBe('b.png'));
    expect(document.querySelector('.review')?.textContent).toContain('2 of 3 accepted');
    await userEvent.keyboard('a');
    await vi.waitFor(() => expect(document.querySelector('.review')?.textContent).toContain('All accepted'));
    await workspace.flush();
    const again = await openWorkspace({}, stores);
    again.workspace.gallery.words = 'is:accepted by:person';
    expect(again.workspace.gallery.shown.map(({ name }) => name)).toEqual(['b.png']);
  });

  it('takes the acceptance back when the caption is changed', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([await picture('a.png')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const [card] = workspace.library.cards;
    if (card === undefined) return expect.unreachable();
    workspace.review.start([card]);
    workspace.review.accept();
    expect(card.isAccepted).toBe(true);
    workspace.editing.write(card, 'Other words.');
    expect(card.isAccepted).toBe(false);
    workspace.undo();
    expect(card.isAccepted).toBe(true);
  });
});
