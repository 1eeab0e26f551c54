/** @file Captions saved beside the pictures as they change, in the built page: switched on, over a reload that asks again, and by two tabs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { builtPage, patienceMs, type StudioPage } from '../helpers/studio-page.ts';

const names = ['chelsea', 'coffee', 'rocket'];
const shots = process.env['SHOTS'];

const built = useBuiltStudio();
let studio: StudioPage;

/** Fills a folder of the browser's own, and lets the picker choose it; until it is allowed, the browser asks before writing as it does after a reload. */
async function offerFolder(page: Page): Promise<void> {
  const pictures = names.map((name) => [...readFileSync(join(builtPage, `samples/skimage_${name}.jpg`))]);
  await page.evaluate(
    async ({ stems, files }) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday', { create: true });
      const put = async (name: string, data: BufferSource | string): Promise<void> => {
        const writer = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await writer.write(data);
        await writer.close();
      };
      for (const [i, stem] of stems.entries()) {
        await put(`${stem}.jpg`, new Uint8Array(files[i] ?? []));
        await put(`${stem}.txt`, `A caption of ${stem}.\n`);
      }
      Reflect.set(globalThis, 'showDirectoryPicker', () => Promise.resolve(folder));
    },
    { stems: names, files: pictures },
  );
}

/** Makes the page ask before it writes, until it was allowed to. */
function askFirst(): void {
  if (!('FileSystemDirectoryHandle' in globalThis)) return; // an empty page
  let isAllowed = false;
  const prototype = FileSystemDirectoryHandle.prototype;
  Reflect.set(prototype, 'queryPermission', () => Promise.resolve(isAllowed ? 'granted' : 'prompt'));
  Reflect.set(prototype, 'requestPermission', () => {
    isAllowed = navigator.userActivation.isActive; // a question without a click is refused
    return Promise.resolve(isAllowed ? 'granted' : 'denied');
  });
}

const readText = (page: Page, name: string): Promise<string> =>
  page.evaluate(async (path) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday');
    return (await (await folder.getFileHandle(path)).getFile()).text();
  }, name);

const writeText = (page: Page, name: string, text: string): Promise<void> =>
  page.evaluate(
    async ([path = '', words = '']) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday');
      const writer = await (await folder.getFileHandle(path)).createWritable();
      await writer.write(words);
      await writer.close();
    },
    [name, text],
  );

/** Writes a caption by hand, on its card. */
async function writeCaption(page: Page, place: number, text: string): Promise<void> {
  await page.locator('.card').nth(place).locator('.text').dblclick();
  await page.locator('textarea:focus').fill(text);
  await page.locator('textarea:focus').press('Enter');
}

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 860 });
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(shots, `${name}-${scheme}-${String(width)}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
}

describe('saving beside the pictures', () => {
  it(
    'begins with a switch, asks after a reload, lists what changed meanwhile, and takes turns with another tab',
    { timeout: 6 * patienceMs },
    async () => {
      studio = await built.open();
      const { page, context } = studio;
      page.setDefaultTimeout(patienceMs);
      await offerFolder(page);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('menuitem', { name: /Add a folder/u }).click();
      await page.getByText('3 pictures added').waitFor();

      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: /Save captions beside/u }).click();
      await page.getByRole('switch').click();
      await page.getByText('Everything is saved.').waitFor();
      await shoot(page, 'autosave-on');
      await page.keyboard.press('Escape');
      await writeCaption(page, 0, 'A tabby, “seen” close.');
      await expect.poll(() => readText(page, 'chelsea.txt'), { timeout: patienceMs }).toBe('A tabby, “seen” close.\n');
      await page.getByRole('button', { name: 'Saved', exact: true }).waitFor();

      // After a reload the browser asks again; what changes until then waits.
      await context.addInitScript(askFirst);
      await page.reload();
      await page.getByRole('button', { name: /^Allow saving/u }).waitFor();
      await writeCaption(page, 1, 'A cup.');
      await page.getByRole('button', { name: 'Allow saving, 1 waits' }).waitFor();
      expect(await readText(page, 'coffee.txt')).toBe('A caption of coffee.\n');
      await shoot(page, 'autosave-asks');
      await page.getByRole('button', { name: /^Allow saving/u }).click();
      await expect.poll(() => readText(page, 'coffee.txt'), { timeout: patienceMs }).toBe('A cup.\n');

      // What another program wrote is never written over unasked.
      await page.getByRole('button', { name: 'Saved', exact: true }).waitFor();
      await writeText(page, 'rocket.txt', 'By another program.');
      await writeCaption(page, 2, 'A rocket on its pad.');
      await page.getByRole('button', { name: '1 changed meanwhile' }).click();
      await page.getByText('rocket.txt').waitFor();
      expect(await readText(page, 'rocket.txt')).toBe('By another program.');
      await shoot(page, 'autosave-conflict');
      await page.getByRole('button', { name: 'Write over it' }).click();
      await expect.poll(() => readText(page, 'rocket.txt'), { timeout: patienceMs }).toBe('A rocket on its pad.\n');
      await page.keyboard.press('Escape');

      // Or it becomes the caption here, as a step that can be undone.
      await page.getByRole('button', { name: 'Saved', exact: true }).waitFor();
      await writeText(page, 'rocket.txt', 'Better words\nof another program.\n');
      await writeCaption(page, 2, 'A rocket.');
      await page.getByRole('button', { name: '1 changed meanwhile' }).click();
      await page.getByRole('button', { name: 'Take in what it says' }).click();
      await page.getByText('Everything is saved.').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.card').nth(2).getByText('of another program.').waitFor();
      expect(await readText(page, 'rocket.txt')).toBe('Better words\nof another program.\n');
      await page.keyboard.press('Control+z');
      await expect.poll(() => readText(page, 'rocket.txt'), { timeout: patienceMs }).toBe('A rocket.\n');

      // Two tabs with the same pictures: the file says what the cards say in both.
      const other = await context.newPage();
      await other.goto(built.url);
      await other.getByRole('button', { name: /^Allow saving/u }).click();
      await Promise.all([writeCaption(page, 0, 'From the first tab.'), writeCaption(other, 1, 'From the second tab.')]);
      await expect.poll(() => readText(page, 'chelsea.txt'), { timeout: patienceMs }).toBe('From the first tab.\n');
      await expect.poll(() => readText(page, 'coffee.txt'), { timeout: patienceMs }).toBe('From the second tab.\n');
      await writeCaption(other, 0, 'Changed by the second.');
      await expect.poll(() => readText(page, 'chelsea.txt'), { timeout: patienceMs }).toBe('Changed by the second.\n');
      await page.getByText('Changed by the second.').first().waitFor();
      expect(studio.complaints).toEqual([]);
    },
  );
});
