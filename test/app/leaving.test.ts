/** @file What a page that is about to close still writes down, and how it tells that all is. */
import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../src/app/intake/drop.ts';
import { tellUnwritten, writeOnLeaving } from '../../src/app/leaving.ts';
import { takeIn } from '../../src/app/state/cards/take-in.ts';
import { holdUnwritten, untilWritten } from '../../src/storage/unwritten.ts';
import { openStage } from './stage.ts';

const isMarked = (): boolean => document.documentElement.hasAttribute('data-unwritten');

describe('a page that is about to close', () => {
  it('takes over what is half typed, and writes it down at once', async () => {
    const stage = await openStage();
    const { workspace, stores } = stage;
    writeOnLeaving(workspace);
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
    const file = new File([await canvas.convertToBlob({ type: 'image/png' })], 'a.png', { type: 'image/png' });
    takeIn(workspace, readFiles([file]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    // Made later, the small picture would leave something to write down beyond the end of this test.
    await vi.waitFor(async () => expect(await stores.thumbnails.ids()).toHaveLength(1));
    await workspace.queue.settled();
    document.querySelector('.card .text')?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    const field = await vi.waitFor(() => document.querySelector<HTMLTextAreaElement>('textarea:focus') ?? expect.fail('no field yet'));
    field.value = 'Half typed.';
    dispatchEvent(new Event('beforeunload', { cancelable: true }));
    await Promise.resolve();
    const [record] = await stores.cards.loadAll();
    expect(record?.text).toBe('Half typed.');
    await stage.close();
    await workspace.flush();
  });
});

describe('the document', () => {
  it('is marked from the first change to the end of the last write, also of one that fails', async () => {
    tellUnwritten();
    expect(isMarked()).toBe(false);
    const release = holdUnwritten();
    let fail: (error: Error) => void = () => undefined;
    const writing = untilWritten(new Promise<never>((_, reject) => (fail = reject)));
    release();
    release();
    expect(isMarked()).toBe(true);
    fail(new Error('full'));
    await expect(writing).rejects.toThrow('full');
    expect(isMarked()).toBe(false);
  });
});
