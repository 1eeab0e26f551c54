/** @file Keys in rooms where the pictures are not seen: what is chosen there is left alone, and a room's own window closes. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { readFiles } from '../../src/app/intake/drop.ts';
import { takeIn } from '../../src/app/state/cards/take-in.ts';
import { fileAt } from './dataset/export-stage.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('keys', () => {
  it('delete, caption and clear nothing that is not seen, and do so again where it is', async () => {
    stage = await openStage();
    const { workspace, threads } = stage;
    const { gallery, library } = workspace;
    takeIn(workspace, readFiles(await Promise.all(['a.png', 'b.png'].map(fileAt))));
    await vi.waitFor(() => expect(gallery.counts.done).toBe(2));
    gallery.selectAll();
    workspace.room = 'styles';
    const add = await vi.waitFor(() => {
      const found = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === 'From the hub or an address');
      return found ?? expect.unreachable('the room is not there yet');
    });
    await userEvent.keyboard('{Delete}r{Escape}');
    expect([library.cards.length, gallery.selectedIds.size, threads.calls.pictures]).toEqual([2, 2, 2]);
    add.click();
    await vi.waitFor(() => expect(document.querySelector('dialog[open]')).not.toBeNull());
    document.querySelector<HTMLElement>('dialog[open] button')?.focus();
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('dialog[open]')).toBeNull());
    expect(gallery.selectedIds.size).toBe(2);

    workspace.room = 'caption';
    await vi.waitFor(() => expect(document.querySelectorAll('.card')).toHaveLength(2));
    await userEvent.keyboard('{Delete}');
    await vi.waitFor(() => expect(library.cards).toHaveLength(0));
  });
});
