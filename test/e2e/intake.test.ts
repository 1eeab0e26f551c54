/** @file Files and folders come in as people bring them: dropped from a file manager, pasted, or picked; handles outlive a reload. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, dropFiles, readCards, type StudioPage, waitUntilWritten } from '../helpers/studio-page.ts';

const photo = join(builtPage, 'samples/skimage_chelsea.jpg');
const built = useBuiltStudio();
const folder = useFolder('intake');
let studio: StudioPage;

/** Lets a page pick what lies in its own private file system, whose handles are like those of the user's files but for the questions. */
function pickFromPrivateFiles(): void {
  const picked = async (): Promise<FileSystemDirectoryHandle> => (await navigator.storage.getDirectory()).getDirectoryHandle('holiday');
  Object.assign(globalThis, { showDirectoryPicker: picked });
}

async function cardsOf(page: Page, count: number): Promise<readonly string[]> {
  await expect.poll(() => page.locator('.card').count()).toBe(count);
  return (await readCards(page)).map(({ name }) => name);
}

describe('a folder that is dropped', () => {
  it('gives all pictures in it, however deep and oddly named, and nothing hidden or empty-handed', async () => {
    const album = join(folder, 'album & more #1');
    mkdirSync(join(album, 'deep/deeper'), { recursive: true });
    mkdirSync(join(album, 'empty'));
    // Windows refuses such names, so Chromium does not show them behind a folder's handle.
    const refused = process.platform === 'win32' ? [] : ['CON.jpg', 'what? "this".jpg'];
    for (const name of ['2 — früh.JPG', '10 100%.jpg', 'deep/émile’s.jpeg', 'deep/deeper/日本.jpg', '.hidden.jpg', ...refused])
      copyFileSync(photo, join(album, name));
    for (const name of refused) writeFileSync(join(album, name.replace('.jpg', '.txt')), 'It is a cat.');
    writeFileSync(join(album, 'notes.md'), 'no picture');
    studio = await built.open();
    await dropFiles(studio.page, [album]);
    expect(await cardsOf(studio.page, 4 + refused.length)).toEqual(['2 — früh.JPG', '10 100%.jpg', 'émile’s.jpeg', '日本.jpg', ...refused]);
    for (const name of refused) await studio.page.getByLabel(name, { exact: true }).getByText('It is a cat.').waitFor();
    expect(studio.complaints).toEqual([]);
  });

  it('that is empty leaves the page as it is, and says that there was nothing', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    studio = await built.open();
    await dropFiles(studio.page, [empty]);
    await studio.page
      .getByRole('log', { name: 'Notices' })
      .getByText(/no pictures?/i)
      .first()
      .waitFor();
    await studio.page.getByText('Drop pictures here.').waitFor();
  });

  it('comes in beside single files of one drop, in any room', async () => {
    const album = join(folder, 'beside');
    mkdirSync(album);
    copyFileSync(photo, join(album, 'inside.jpg'));
    const single = join(folder, 'single.jpg');
    copyFileSync(photo, single);
    studio = await built.open();
    await dropFiles(studio.page, [single, album]);
    expect((await cardsOf(studio.page, 2)).toSorted()).toEqual(['inside.jpg', 'single.jpg']);
  });
});

describe('a folder that is picked', () => {
  async function openHoliday(): Promise<Page> {
    studio = await built.open();
    const { page, context } = studio;
    await context.addInitScript(pickFromPrivateFiles);
    await page.evaluate(async (bytes) => {
      const holiday = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday', { create: true });
      for (const name of ['sea.jpg', 'hills.jpg']) {
        const writer = await (await holiday.getFileHandle(name, { create: true })).createWritable();
        await writer.write(Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0)));
        await writer.close();
      }
    }, readFileSync(photo).toString('base64'));
    await page.reload();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    expect(await cardsOf(page, 2)).toEqual(['hills.jpg', 'sea.jpg']);
    await waitUntilWritten(page);
    return page;
  }

  it('is read in place: nothing is copied, and its pictures open again after a reload', async () => {
    const page = await openHoliday();
    const copies = await page.evaluate(async () => {
      const names: string[] = [];
      const pictures = await (await navigator.storage.getDirectory()).getDirectoryHandle('pictures', { create: true });
      for await (const name of pictures.keys()) names.push(name);
      return names;
    });
    expect(copies).toEqual([]);
    await page.reload();
    await page.getByRole('button', { name: 'Open sea.jpg' }).click();
    await page.waitForFunction(() => [...document.images].some((image) => image.naturalWidth === 451));
  });

  it('says by name which picture is no longer where it was', async () => {
    const page = await openHoliday();
    await page.evaluate(async () => (await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday')).removeEntry('sea.jpg'));
    await page.reload();
    await page.getByRole('button', { name: 'Use wasm' }).click();
    const gone = page.locator('.card[data-state="failed"]');
    await gone.waitFor();
    expect(await gone.getAttribute('aria-label')).toBe('sea.jpg');
    expect(await gone.innerText()).toContain('A file is missing.');
  });

  it('may be left unpicked', async () => {
    studio = await built.open();
    await studio.page.evaluate(() => {
      const closed = (): Promise<never> => {
        Object.assign(globalThis, { wasClosed: true });
        return Promise.reject(new DOMException('closed', 'AbortError'));
      };
      Object.assign(globalThis, { showDirectoryPicker: closed });
    });
    await studio.page.getByRole('button', { name: 'Choose a folder' }).click();
    await studio.page.waitForFunction(() => 'wasClosed' in globalThis);
    expect(await studio.page.getByRole('log', { name: 'Notices' }).innerText()).toBe('');
    expect(studio.complaints).toEqual([]);
  });
});

describe('a picture that is pasted', () => {
  it('becomes a card', async () => {
    studio = await built.open();
    await studio.page.evaluate((bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], 'image.png', { type: 'image/png' }));
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
    }, readFileSync(photo).toString('base64'));
    expect(await cardsOf(studio.page, 1)).toEqual(['image.png']);
  });
});
