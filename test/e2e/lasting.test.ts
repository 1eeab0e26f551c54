/** @file What people do with captions lasts: edits, deletions and their undoing over reloads, by mouse and by keyboard, without a foreign request. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import {
  builtPage,
  chooseWasm,
  dropFiles,
  patienceMs,
  readCards,
  type StudioPage,
  waitForCards,
  waitForRest,
  waitUntilWritten,
} from '../helpers/studio-page.ts';

const pictures = ['chelsea', 'coffee'].map((name) => join(builtPage, 'samples', `skimage_${name}.jpg`));
const built = useBuiltStudio('/studio/');
let studio: StudioPage;

/** Opens the studio with two captioned pictures in it. */
async function openCaptioned(): Promise<StudioPage> {
  studio = await built.open();
  await chooseWasm(studio.page);
  await dropFiles(studio.page, pictures);
  await waitForCards(studio.page, 'done', pictures.length);
  await waitForRest(studio.page);
  return studio;
}

async function texts(): Promise<readonly string[]> {
  return (await readCards(studio.page)).map(({ text }) => text);
}

async function reload(): Promise<void> {
  await waitUntilWritten(studio.page);
  await studio.page.locator('.lamp.open').waitFor({ timeout: patienceMs }); // an engine that is cut off on its way complains
  await studio.page.reload();
  await waitForCards(studio.page, 'done', 1);
}

describe('captions that were changed', () => {
  it('last over a reload, as does their undoing, and nothing is asked of another host', async () => {
    const { page, foreign, complaints } = await openCaptioned();
    const [first = '', second = ''] = await texts();

    await page.locator('.card').first().locator('.text').dblclick();
    await page.getByRole('textbox', { name: 'Caption of skimage_chelsea.jpg' }).fill('A cat that looks at you.');
    await page.keyboard.press('Enter');
    await reload();
    await expect.poll(texts).toEqual(['A cat that looks at you.', second]);

    await page.locator('.card').first().locator('.text').dblclick();
    await page.getByRole('textbox', { name: 'Caption of skimage_chelsea.jpg' }).fill(first);
    await page.keyboard.press('Enter');
    await expect.poll(texts).toEqual([first, second]);
    await page.keyboard.press('Control+z');
    await expect.poll(texts).toEqual(['A cat that looks at you.', second]);
    await reload();
    await expect.poll(texts).toEqual(['A cat that looks at you.', second]);

    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('come back when their deletion is undone, and stay away when it is not', async () => {
    const { page } = await openCaptioned();
    const before = await texts();
    const deleteFirst = async (): Promise<void> => {
      await page.locator('.card').first().hover();
      await page.locator('.card').first().getByRole('button', { name: 'Delete' }).click();
      await page.waitForFunction(() => document.querySelectorAll('.card').length === 1);
    };
    await deleteFirst();
    await page.getByRole('log', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).first().click();
    await waitForCards(page, 'done', 2);
    await reload();
    await expect.poll(texts).toEqual(before);
    await deleteFirst();
    await reload();
    await expect.poll(texts).toEqual(before.slice(1));
  });
});

describe('with the keyboard alone', () => {
  it('pictures are added, walked through, edited, opened and left', async () => {
    studio = await built.open();
    const { page } = studio;
    await page.getByRole('button', { name: 'Use wasm' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('samples');
    await page.keyboard.press('Enter');
    await waitForCards(page, 'done', 5);
    await waitForRest(page);

    const [first, second, third] = (await readCards(page)).map(({ name }) => name);
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    for (let presses = 0; presses < 40 && !(await focused()).startsWith('Open '); presses++) await page.keyboard.press('Tab');
    expect(await focused()).toBe(`Open ${first ?? ''}`);
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((label) => document.activeElement?.getAttribute('aria-label') === label, `Open ${second ?? ''}`);
    await page.keyboard.press('e');
    await expect.poll(focused).toBe(`Caption of ${second ?? ''}`);
    await page.keyboard.type('Words of my own.');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await texts())[1]).toBe('Words of my own.');
    await expect.poll(focused).toBe(`Open ${second ?? ''}`);

    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: second ?? '' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('region', { name: third ?? '' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: third ?? '' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('.card').count()).toBe(5);
  });
});

describe('a stop', () => {
  it('holds within a token, keeps nothing half written, and goes on where it was', async () => {
    studio = await built.open();
    const { page } = studio;
    await page.getByLabel('At least', { exact: true }).fill('120');
    await page.getByLabel('At most', { exact: true }).fill('120');
    await page.getByLabel('At most', { exact: true }).blur();
    await chooseWasm(page);
    const stopped = await inTheMoment(page, { element: '.card[data-state="writing"]' }, { press: 'Stop now' });
    await dropFiles(page, pictures);
    await stopped();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    await expect
      .poll(async () => (await readCards(page)).map(({ state, text }) => ({ state, text })))
      .toEqual([
        { state: 'waiting', text: '' },
        { state: 'waiting', text: '' },
      ]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await waitForCards(page, 'done', 2);
    await waitForRest(page);
    expect((await texts()).every((text) => text.split(' ').length > 20)).toBe(true);
  });
});
