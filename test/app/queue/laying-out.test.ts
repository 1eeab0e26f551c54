/** @file A style that takes long to be put on the model: the page shows how far it is, and Stop ends it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { CaptionEvent } from '../../../workers/api.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import { openStage, type Stage } from '../stage.ts';
import { pictures } from '../styles/styled-stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** A page whose engine lays a style out for as long as a test wants. */
async function openLaying(): Promise<{ readonly opened: Stage; readonly tell: (done: number) => void; readonly letGo: () => void }> {
  const opened = await openStage({ styles: fakeStyles().api });
  stage = opened;
  const { workspace } = opened;
  workspace.styles.choose((await workspace.styles.import(styleSource('tower', 'Tower'))).id);
  const caption = workspace.studio.caption.bind(workspace.studio);
  let hear: (event: CaptionEvent) => void = () => expect.unreachable();
  let letGo = (): void => undefined;
  const asked = vi.spyOn(workspace.studio, 'caption').mockImplementation(async (job, onEvent) => {
    hear = onEvent;
    const stopped = new Promise<'stopped'>((resolve) => job.stop.addEventListener('abort', () => resolve('stopped')));
    const isOn = new Promise<'on'>((resolve) => (letGo = () => resolve('on')));
    if ((await Promise.race([stopped, isOn])) === 'on') return caption(job, onEvent);
    return { end: 'cancelled', pictures: 0, tokens: 0, elapsedMs: 0 };
  });
  takeIn(workspace, readFiles(await pictures(1)));
  await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce());
  return { opened, tell: (done) => hear({ kind: 'laying out', done, total: 400e6 }), letGo: () => letGo() };
}

const words = (): string => document.querySelector('.shell > .work [role="status"]')?.textContent ?? '';
const stopButton = (): HTMLElement | null => document.querySelector('button[aria-label="Stop work on Tower"]');

describe('a style on its way to the model', () => {
  it('is told above the status line, and gone when the first picture is looked at', async () => {
    const { opened, tell, letGo } = await openLaying();
    tell(100e6);
    await vi.waitFor(() => expect(words()).toBe('Laying out Tower · 100 MB of 400 MB'));
    const laterMs = performance.now() + 600;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(laterMs);
    tell(200e6);
    clock.mockRestore();
    await vi.waitFor(() => expect(words()).toMatch(/^Laying out Tower · 200 MB of 400 MB · \d+ s left$/u));
    letGo();
    await vi.waitFor(() => expect(opened.workspace.gallery.counts.done).toBe(1));
    expect(words()).toBe('');
    expect(opened.workspace.library.cards[0]?.text).toContain('In tower at 1.');
  });

  it('lies below what is said in passing, so that Stop stays in reach', async () => {
    const { opened, tell, letGo } = await openLaying();
    tell(100e6);
    await vi.waitFor(() => expect(stopButton()).not.toBeNull());
    opened.workspace.notices.say({ title: 'Copied' });
    await vi.waitFor(() => {
      const toast = document.querySelector('[aria-label="Copied"]')?.getBoundingClientRect() ?? expect.unreachable('nothing is said');
      const work = document.querySelector('.shell > .work')?.getBoundingClientRect() ?? expect.unreachable('no work is shown');
      expect(work.height).toBeGreaterThan(0);
      expect(toast.bottom).toBeLessThanOrEqual(work.top);
    });
    letGo();
    await vi.waitFor(() => expect(opened.workspace.gallery.counts.done).toBe(1));
  });

  it('is given up by Stop, and the picture waits', async () => {
    const { opened, tell } = await openLaying();
    const { queue, library, notices } = opened.workspace;
    tell(100e6);
    await vi.waitFor(() => expect(stopButton()).not.toBeNull());
    stopButton()?.click();
    await vi.waitFor(() => expect(queue.phase).toBe('halted'));
    await vi.waitFor(() => expect(words()).toBe(''));
    expect(library.cards.map(({ state }) => state)).toEqual(['waiting']);
    expect(notices.toasts).toEqual([]);
  });
});
