/** @file Keys in rooms where the pictures are not seen: what is chosen there is left alone, and a room's own window closes. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { readFiles } from '../../src/app/intake/drop.ts';
import { takeIn } from '../../src/app/state/cards/take-in.ts';
import { fileAt } from './dataset/export-stage.ts';
import { makeDoor } from './door.ts';
import { fakeStyles, styleSource } from './fake-styles.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('keys', () => {
  it('delete, caption and clear nothing that is not seen, and do so again where it is', async () => {
    const door = makeDoor();
    stage = await openStage({ styles: fakeStyles().api, door });
    const { workspace } = stage;
    const { gallery, library, queue, review, styles } = workspace;
    const tales = await styles.import(styleSource('tales', 'Tales'));
    styles.choose(tales.id);
    takeIn(workspace, readFiles(await Promise.all(['a.png', 'b.png'].map(fileAt))));
    await vi.waitFor(() => expect([gallery.counts.done, queue.phase]).toEqual([2, 'idle']));
    door.letThrough(0); // what is asked for from here on waits where it can be seen
    const [first] = library.cards;
    if (first === undefined) return expect.unreachable();
    gallery.select(first, 'one');
    workspace.room = 'styles';
    const add = await vi.waitFor(() => {
      const found = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === 'From the hub or an address');
      return found ?? expect.unreachable('the room is not there yet');
    });
    const left = { cards: 2, selected: 1, queued: 0, isReviewing: false, style: tales.id };
    for (const key of ['{Delete}', 'r', 'v', '0', '{Control>}a{/Control}', '{Escape}']) {
      await userEvent.keyboard(key);
      const [cards, selected, queued] = [library.cards.length, gallery.selectedIds.size, queue.left];
      expect({ cards, selected, queued, isReviewing: review.isOn, style: styles.chosen?.id }, key).toEqual(left);
    }
    styles.choose(undefined);
    await userEvent.keyboard('1');
    expect([styles.chosen, queue.left]).toEqual([undefined, 0]);
    add.click();
    await vi.waitFor(() => expect(document.querySelector('dialog[open]')).not.toBeNull());
    document.querySelector<HTMLElement>('dialog[open] button')?.focus();
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('dialog[open]')).toBeNull());
    expect(gallery.selectedIds.size).toBe(1);

    workspace.room = 'caption';
    await vi.waitFor(() => expect(document.querySelectorAll('.card')).toHaveLength(2));
    await userEvent.keyboard('1');
    await vi.waitFor(() => expect(styles.chosen?.id).toBe(tales.id));
    await userEvent.keyboard('r');
    await vi.waitFor(() => expect(queue.left).toBe(1));
    door.open();
    await userEvent.keyboard('{Control>}a{/Control}');
    await vi.waitFor(() => expect(gallery.selectedIds.size).toBe(2));
    await userEvent.keyboard('{Delete}');
    await vi.waitFor(() => expect(library.cards).toHaveLength(0));
  });

  it('find every act over a window of a room’s own, and give the focus back to it', async () => {
    stage = await openStage({ styles: fakeStyles().api });
    const { workspace } = stage;
    workspace.room = 'styles';
    await vi.waitFor(() => {
      const add = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === 'From the hub or an address');
      return (add ?? expect.unreachable('the room is not there yet')).click();
    });
    const field = await vi.waitFor(() => {
      const found = document.activeElement;
      return found instanceof HTMLInputElement && found.closest('dialog') !== null
        ? found
        : expect.unreachable('the window is not there yet');
    });
    const theme = workspace.settings.now.theme;
    field.closest('dialog')?.querySelector('button')?.focus();
    await userEvent.keyboard('t');
    expect(workspace.settings.now.theme).toBe(theme);
    field.focus();
    await userEvent.keyboard('{Control>}k{/Control}');
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelectorAll('dialog[open]')).toHaveLength(1));
    expect(document.activeElement).toBe(field);
    await userEvent.keyboard('{Control>}k{/Control}');
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
    await userEvent.keyboard('theme{Enter}');
    await vi.waitFor(() => expect(workspace.settings.now.theme).not.toBe(theme));
    expect([document.querySelectorAll('dialog[open]').length, document.activeElement]).toEqual([1, field]);
  });
});
