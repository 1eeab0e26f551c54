/** @file Every room, light and dark, wide and narrow: nothing that axe finds, and nothing that runs off the edge. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { faultsOf } from '../helpers/screen-faults.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, waitForCards } from '../helpers/studio-page.ts';

const built = useBuiltStudio();

describe.each([
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
])('at $width pixels', (viewport) => {
  let page: Page;

  beforeAll(async () => {
    ({ page } = await built.openForAll({ viewport }));
  });

  it('every room is in order when it is entered', async () => {
    const rooms = await page
      .getByRole('navigation')
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    expect(rooms.length).toBeGreaterThan(1);
    for (const room of rooms.toReversed()) {
      await page.goto(new URL(room, built.url).href);
      await page.locator(`nav a[href="${room}"][aria-current="page"]`).waitFor();
      await page.locator('main[aria-busy="true"]').waitFor({ state: 'detached' });
      expect({ room, faults: await faultsOf(page) }).toEqual({ room, faults: [] });
    }
  });

  it('so are the cards, the large picture and what lies over the page', async () => {
    await chooseWasm(page);
    await dropFiles(page, [join(builtPage, 'samples/skimage_chelsea.jpg'), join(builtPage, 'index.html')]);
    await waitForCards(page, 'done', 1);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Open skimage_chelsea.jpg' }).click();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const key of ['Control+k', '?', 'm']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      expect({ key, faults: await faultsOf(page) }).toEqual({ key, faults: [] });
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('so is the choice of several ways', async () => {
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('dialog').getByRole('checkbox', { name: 'Detail' }).check();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('so is the comparison: empty, filled, blind, and what was chosen', async () => {
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'Which caption is best?' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Choose styles and prompts' }).click();
    await page.getByRole('dialog').waitFor();
    for (const style of await page.getByRole('group', { name: 'Styles' }).getByRole('checkbox').all()) await style.check();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add and write' }).click();
    const texts = page.locator('[role=gridcell] .foot');
    await expect.poll(() => texts.count(), { timeout: patienceMs }).toBe(4);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Compare blind' }).click();
    await page.getByRole('button', { name: 'No difference' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('1');
    await page.getByRole('button', { name: 'End and show the names' }).click();
    await page.getByRole('dialog', { name: 'What you chose' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });
});
