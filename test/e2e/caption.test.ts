/** @file The Caption room of the built page with its real engine: pictures in, captions out, kept over a reload. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { waitUntilWritten } from '../helpers/studio-page.ts';

const root = join(import.meta.dirname, '../..');
const samples = join(root, 'public/samples');
const longMs = 120_000;
const built = useBuiltStudio('/studio/');

/** Opens the studio in a fresh profile and drops files on it as a file manager does. */
async function visit(): Promise<Page> {
  return (await built.open()).page;
}

async function drop(page: Page, names: readonly string[]): Promise<void> {
  const files = names.map((name) => ({
    name,
    base64: name.startsWith('broken') ? btoa('no picture') : readFileSync(join(samples, name)).toString('base64'),
  }));
  await page.evaluate((dropped) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type: 'image/jpeg' }));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
}

const chooseWasm = (page: Page): Promise<void> => page.getByRole('button', { name: 'Use wasm' }).click();

async function waitForCards(page: Page, state: string, count: number): Promise<void> {
  await page.waitForFunction(
    ([wanted, least]) => document.querySelectorAll(`.card[data-state="${wanted}"]`).length >= least,
    [state, count] as const,
    {
      timeout: longMs,
    },
  );
}

const captions = (page: Page): Promise<string[]> => page.locator('.card[data-state="done"] .text').allInnerTexts();

describe('the Caption room', () => {
  it('captions dropped pictures, fails a broken one by name, and keeps all of it over a reload', async () => {
    const page = await visit();
    await drop(page, ['skimage_chelsea.jpg', 'broken.jpg', 'skimage_coffee.jpg']);
    await chooseWasm(page);
    await waitForCards(page, 'done', 2);
    await waitForCards(page, 'failed', 1);
    expect(await page.locator('.card[data-state="failed"]').innerText()).toContain('broken.jpg');
    const before = await captions(page);
    expect(before.every((text) => text.split(' ').length > 3)).toBe(true);
    await waitUntilWritten(page);
    await page.reload();
    await waitForCards(page, 'done', 2);
    await expect.poll(() => captions(page)).toEqual(before);
    await waitForCards(page, 'failed', 1);
  });

  it('stops when it is told to, and goes on with what is left', async () => {
    const page = await visit();
    await page.getByLabel('At least', { exact: true }).fill('80'); // long captions leave time to stop them
    await page.getByLabel('At least', { exact: true }).blur();
    await drop(page, ['skimage_chelsea.jpg', 'skimage_coffee.jpg', 'skimage_rocket.jpg']);
    const stopped = await inTheMoment(page, { element: '.card[data-state="writing"]' }, { press: 'Stop now' });
    await chooseWasm(page);
    await stopped();
    await page.getByRole('button', { name: 'Go on' }).waitFor({ timeout: longMs });
    await expect.poll(() => page.locator('.card[data-state="waiting"]').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await waitForCards(page, 'done', 3);
  });

  it('writes the forced word, tells with which options it did, and keeps to them while others contradict each other', async () => {
    const page = await visit();
    await page.getByText('Fixed words', { exact: true }).click();
    await page.getByLabel('Forced words', { exact: true }).fill('zebra');
    await page.getByLabel('Forced words', { exact: true }).blur();
    await drop(page, ['skimage_coffee.jpg']);
    await chooseWasm(page);
    await waitForCards(page, 'done', 1);
    const [forced = ''] = await captions(page);
    expect(forced).toMatch(/\bzebra\b/u);
    await page.getByLabel('Banned words', { exact: true }).fill('zebra');
    await page.getByLabel('Banned words', { exact: true }).blur();
    await page.locator('.card .picture').click();
    const side = page.getByRole('region', { name: 'skimage_coffee.jpg' });
    expect(await side.locator('dl div', { hasText: 'Forced words' }).innerText()).toContain('zebra');
    await page.keyboard.press('r');
    const notice = page.getByRole('group', { name: 'The decoding options contradict each other' });
    expect(await notice.innerText()).toContain('captions are written with the options from before: forced words zebra');
    await notice.getByRole('button', { name: 'Show the option' }).click();
    await page.getByRole('progressbar', { name: 'Queue' }).waitFor({ state: 'detached', timeout: longMs });
    await expect.poll(() => captions(page)).toEqual([forced]);
  });

  it('takes pictures from the file picker’s field and tries a failed one again', async () => {
    const page = await visit();
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showOpenFilePicker'));
    const folder = mkdtempSync(join(tmpdir(), 'studio-'));
    const broken = join(folder, 'broken.jpg');
    writeFileSync(broken, 'no picture');
    try {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose pictures' }).click();
      await (await choosing).setFiles([broken]);
      await waitForCards(page, 'failed', 1);
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await waitForCards(page, 'failed', 1);
      expect(await page.locator('.card').count()).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
