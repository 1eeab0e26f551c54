/** @file Two tabs of one studio work on the same pictures: what one changes shows in the other, and no caption is lost. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { builtPage, dropFiles, type StudioPage, waitUntilWritten } from '../helpers/studio-page.ts';

const name = 'skimage_chelsea.jpg';
const built = useBuiltStudio();
let studio: StudioPage;

/** Opens the studio with one picture in it, twice; a deaf tab hears nothing of the other, as one that the browser has put to sleep. No backend is chosen, so that no caption comes but what is typed. */
async function openTwice({ isDeaf = false } = {}): Promise<readonly [Page, Page]> {
  studio = await built.open();
  await dropFiles(studio.page, [join(builtPage, 'samples', name)]);
  await studio.page.locator('.card img').waitFor();
  await waitUntilWritten(studio.page);
  const second = await studio.context.newPage();
  if (isDeaf) await second.addInitScript(() => Object.assign(BroadcastChannel.prototype, { addEventListener: () => undefined }));
  await second.goto(built.url);
  await second.locator('.card').waitFor();
  return [studio.page, second];
}

async function type(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: `Open ${name}` }).focus();
  await page.keyboard.press('e');
  await page.getByRole('textbox', { name: `Caption of ${name}` }).fill(text);
  await page.keyboard.press('Enter');
}

const textOf = (page: Page): Promise<string> => page.locator('.card .text').first().innerText();

it('shows in one tab what was typed, added and deleted in the other', async () => {
  const [first, second] = await openTwice();
  await type(first, 'Typed in the first tab.');
  await expect.poll(() => textOf(second)).toBe('Typed in the first tab.');
  await type(second, 'Then in the second.');
  await expect.poll(() => textOf(first)).toBe('Then in the second.');
  await dropFiles(second, [join(builtPage, 'samples/skimage_coffee.jpg')]);
  await expect.poll(() => first.locator('.card').count()).toBe(2);
  await first.locator('.card').nth(1).hover();
  await first.locator('.card').nth(1).getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => second.locator('.card').count()).toBe(1);
  await second.reload();
  await second.locator('.card').waitFor();
  await expect.poll(async () => [await second.locator('.card').count(), await textOf(second)]).toEqual([1, 'Then in the second.']);
});

it('keeps both captions where a tab that heard nothing writes over another', async () => {
  const [first, second] = await openTwice({ isDeaf: true });
  await type(first, 'The first tab’s words.');
  await type(second, 'The second tab’s words.');
  await expect.poll(() => textOf(second)).toBe('The second tab’s words.');
  await expect.poll(() => textOf(first)).toBe('The second tab’s words.');
  await waitUntilWritten(first);
  await first.reload();
  await first.locator('.card').waitFor();
  await expect.poll(() => textOf(first)).toBe('The second tab’s words.');
  await first.getByRole('button', { name: `Open ${name}` }).click();
  await first.getByText('The first tab’s words.').first().waitFor();
});
