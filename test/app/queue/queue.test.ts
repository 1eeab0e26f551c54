import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { chooseBackend } from '../../../src/app/state/models/model-choice.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { makeDoor } from '../door.ts';
import { software } from '../fake-threads.ts';
import { openWorkspace } from '../stage.ts';

async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

const pictures = (count: number): Promise<File[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => picture(`${String(index)}.png`)));

describe('the queue', () => {
  it('captions what is dropped; a broken picture fails by name and the others go on', async () => {
    const { workspace } = await openWorkspace();
    const [first, second] = await pictures(2);
    takeIn(
      workspace,
      readFiles([first, new File(['no picture'], 'broken.jpg', { type: 'image/jpeg' }), second].filter((file) => file !== undefined)),
    );
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    await vi.waitFor(() => expect(workspace.library.cards.map(({ state }) => state)).toEqual(['done', 'failed', 'done']));
    expect(workspace.library.cards[1]?.error?.message).toContain('broken.jpg');
    expect(workspace.library.cards[0]?.text).toMatch(/^A grey cat/);
  });

  it('stops within one token and goes on with what is left', async () => {
    const door = makeDoor(0);
    const { workspace, threads } = await openWorkspace({ door });
    takeIn(workspace, readFiles(await pictures(3)));
    await vi.waitFor(() => expect(workspace.library.cards[0]?.state).toBe('writing'));
    workspace.queue.stop();
    door.open();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('halted'));
    expect(threads.calls.cancelled).toEqual(['token']);
    expect(door.begun).toEqual(['0.png']);
    expect(workspace.library.cards.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
    workspace.queue.go();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    expect(workspace.library.cards.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  it('finishes the picture that is being written when it is paused', async () => {
    const door = makeDoor(0);
    const { workspace } = await openWorkspace({ door });
    takeIn(workspace, readFiles(await pictures(3)));
    await vi.waitFor(() => expect(workspace.library.cards[0]?.state).toBe('writing'));
    workspace.queue.pause();
    expect(workspace.queue.phase).toBe('pausing');
    door.open();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('halted'));
    expect(workspace.library.cards.map(({ state }) => state)).toEqual(['done', 'waiting', 'waiting']);
  });

  it('goes on with its job where none of its pictures is dropped', async () => {
    const door = makeDoor();
    const { workspace } = await openWorkspace({ door });
    const { queue, library } = workspace;
    takeIn(workspace, readFiles(await pictures(3)));
    await vi.waitFor(() => expect([workspace.gallery.counts.done, queue.phase]).toEqual([3, 'idle']));
    door.letThrough(0);
    const jobs = vi.spyOn(workspace.studio, 'caption');
    workspace.captionAgain(library.cards);
    await vi.waitFor(() => expect(library.cards[0]?.state).toBe('writing'));
    queue.drop([]);
    door.open();
    await vi.waitFor(() => expect([workspace.gallery.counts.done, queue.phase]).toEqual([3, 'idle']));
    expect(jobs).toHaveBeenCalledOnce();
  });

  it('opens a lost device again and loses no picture', async () => {
    const { workspace, threads } = await openWorkspace({ loseDeviceAt: 2 });
    takeIn(workspace, readFiles(await pictures(3)));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    expect(threads.calls.opened).toEqual(['webgpu', 'webgpu']);
  });

  it('waits for the choice where the GPU is software, and remembers it', async () => {
    const { workspace, threads, stores } = await openWorkspace({ webgpu: software });
    takeIn(workspace, readFiles(await pictures(1)));
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('halted'));
    expect(workspace.model.needsChoice).toBe(true);
    expect(threads.calls.opened).toEqual([]);
    await chooseBackend(workspace, 'wasm');
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    expect((await stores.settings.load('settings'))?.backend).toBe('wasm');
  });

  it('goes on elsewhere when the user changes where to compute in the middle', async () => {
    const door = makeDoor(0);
    const { workspace, threads } = await openWorkspace({ door });
    takeIn(workspace, readFiles(await pictures(2)));
    await vi.waitFor(() => expect(workspace.library.cards[0]?.state).toBe('writing'));
    const choosing = chooseBackend(workspace, 'wasm');
    door.open();
    await choosing;
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
    expect(threads.calls.opened).toEqual(['webgpu', 'wasm']);
    expect(door.begun).toEqual(['0.png', '0.png', '1.png']);
  });

  it('goes on after a reload, with the captions that were there', async () => {
    const door = makeDoor(1);
    const first = await openWorkspace({ door });
    takeIn(first.workspace, readFiles(await pictures(2)));
    await vi.waitFor(() => expect(first.workspace.library.cards.map(({ state }) => state)).toEqual(['done', 'writing']));
    await first.workspace.library.flush();
    first.workspace.queue.stop();
    door.open();
    await vi.waitFor(() => expect(first.workspace.queue.phase).toBe('halted'));
    const second = await openWorkspace({ words: 'Another caption.' }, first.stores);
    expect(second.workspace.queue.phase).toBe('halted');
    second.workspace.queue.go();
    await vi.waitFor(() => expect(second.workspace.gallery.counts.done).toBe(2));
    expect(second.workspace.library.cards.map(({ text }) => text)).toEqual([first.workspace.library.cards[0]?.text, 'Another caption.']);
  });

  it('tells at the end what came of a run, and tries what failed again', async () => {
    const { workspace } = await openWorkspace();
    const broken = new File(['no picture'], 'broken.png', { type: 'image/png' });
    takeIn(workspace, readFiles([...(await pictures(2)), broken]));
    await vi.waitFor(() => expect(workspace.notices.toasts.some(({ title }) => title === '2 pictures captioned')).toBe(true));
    const report = workspace.notices.toasts.find(({ title }) => title === '2 pictures captioned');
    expect(report?.text).toContain('1 failed.');
    report?.acts.find(({ label }) => label === 'Show failed')?.run();
    expect(workspace.gallery.shown.map(({ name }) => name)).toEqual(['broken.png']);
  });

  it('says of a retry that failed again why, and what to do', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([new File(['no picture'], 'broken.png', { type: 'image/png' })]));
    await vi.waitFor(() => expect(workspace.gallery.counts.failed).toBe(1));
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    expect(workspace.notices.toasts).toEqual([]);
    workspace.retry(workspace.library.cards);
    await vi.waitFor(() => expect(workspace.notices.toasts.map(({ title }) => title)).toEqual(['1 picture failed again']));
    expect(workspace.notices.toasts[0]?.text).toMatch(/^Not a picture that can be read\. JPEG, PNG/u);
  });

  it('takes back an edit, a deletion and a caption that was written again', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles(await pictures(1)));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const card = workspace.library.cards[0];
    if (card === undefined) return expect.unreachable();
    const written = card.text;
    workspace.editing.write(card, 'Mine.');
    workspace.captionAgain([card]);
    await vi.waitFor(() => expect(card.text).toBe(written));
    workspace.remove([card]);
    expect(workspace.library.cards).toEqual([]);
    workspace.undo();
    expect(workspace.library.cards).toEqual([card]);
    workspace.undo();
    expect(card.text).toBe('Mine.');
    workspace.undo();
    expect(card.text).toBe(written);
    workspace.redo();
    expect(card.text).toBe('Mine.');
  });
});
