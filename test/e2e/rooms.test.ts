/** @file Every room, light and dark, wide and narrow: nothing that axe finds, and nothing that runs off the edge. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostHeaders } from '../../scripts/build/security.ts';
import { launchChromium } from '../helpers/chromium.ts';
import { startHost, type StaticHost } from '../helpers/static-host.ts';
import { builtPage, chooseWasm, dropFiles, openStudioPage, patienceMs, waitForCards, type StudioPage } from '../helpers/studio-page.ts';

let browser: Browser;
let host: StaticHost;
let studio: StudioPage;

beforeAll(async () => {
  browser = await launchChromium();
  host = await startHost({ folder: builtPage, headers: hostHeaders });
});

afterEach(() => studio.context.close());

afterAll(async () => {
  await browser.close();
  await host.close();
});

/** What is wrong with what is on the screen. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.waitForTimeout(500); // what fades in has less contrast until it is there
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  // The page itself never scrolls sideways, so what is too wide would be cut off instead.
  const cut = await page.evaluate(() => {
    const isReached = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
      }
      return false;
    };
    return [...document.querySelectorAll('button, a, input, select, textarea, img, h1, h2, h3, p')]
      .filter((element) => {
        const { right, left, width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && (right > innerWidth + 1 || left < -1) && !isReached(element) && element.checkVisibility();
      })
      .map(
        (element) =>
          `runs off the edge: ${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent.trim()}`,
      );
  });
  return [...found, ...cut];
}

describe.each([
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const)('in $colorScheme at $viewport.width pixels', (look) => {
  it('every room is in order when it is entered', async () => {
    studio = await openStudioPage(browser, host.url, look);
    const { page } = studio;
    const rooms = await page
      .getByRole('navigation')
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    expect(rooms.length).toBeGreaterThan(1);
    for (const room of rooms) {
      await page.goto(new URL(room, host.url).href);
      await page.locator(`nav a[href="${room}"][aria-current="page"]`).waitFor();
      expect({ room, faults: await faultsOf(page) }).toEqual({ room, faults: [] });
    }
  });

  it('so are the cards, the large picture and what lies over the page', async () => {
    studio = await openStudioPage(browser, host.url, look);
    const { page } = studio;
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

  it('so is the comparison: empty, filled, blind, and what was chosen', async () => {
    studio = await openStudioPage(browser, host.url, look);
    const { page } = studio;
    await chooseWasm(page);
    await dropFiles(page, [join(builtPage, 'samples/skimage_chelsea.jpg')]);
    await waitForCards(page, 'done', 1);
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
