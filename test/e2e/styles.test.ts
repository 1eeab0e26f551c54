/** @file Styles in the built page with the real engine: taken, worn by a key, toggled, kept, exported and recognised. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { barriersIn, faultsOf } from '../helpers/screen-faults.ts';
import {
  builtPage,
  dropFiles,
  enterRoom,
  patienceMs,
  readCards,
  type StudioPage,
  waitForCards,
  waitForRest,
  waitUntilWritten,
} from '../helpers/studio-page.ts';

interface ShippedStyle {
  readonly name: string;
  readonly title: string;
}

const shipped = JSON.parse(readFileSync(join(builtPage, 'adapters/index.json'), 'utf8')) as readonly ShippedStyle[];
const samples = 5;
const folder = useFolder('files');
const built = useBuiltStudio();
let studio: StudioPage;

beforeAll(async () => {
  studio = await built.openForAll({ viewport: { width: 1440, height: 900 } });
});

const styleNames = (page: Page): Promise<string[]> => page.locator('main.styles > ul h2').allInnerTexts();

async function captions(page: Page): Promise<readonly string[]> {
  return (await readCards(page)).map(({ text }) => text);
}

/** Waits until every sample has a caption that none is written over. */
async function waitForCaptions(page: Page): Promise<readonly string[]> {
  await waitForCards(page, 'done', samples);
  await waitForRest(page);
  return captions(page);
}

describe('styles that come with the studio', () => {
  it('stand above the first pictures, and a key takes them and changes what is there', async () => {
    const first = await built.open({ viewport: { width: 390, height: 844 } });
    const { page } = first;
    await page.getByRole('button', { name: 'Try these five pictures' }).click();
    const chips = page.getByRole('radiogroup', { name: 'Style' }).getByRole('radio');
    await waitForCards(page, 'done', 2); // as many as are in sight
    await waitForRest(page);
    await expect.poll(() => chips.allInnerTexts()).toEqual(['Zero-shot', ...shipped.map(({ title }) => title)]);
    const zeroShot = await captions(page);
    const last = shipped.at(-1)?.title ?? '';
    await page.keyboard.press(String(shipped.length));
    await page.getByRole('radio', { name: last, checked: true }).waitFor({ timeout: patienceMs });
    await page.getByRole('button', { name: `Change ${String(samples)} pictures` }).click();
    await page.waitForFunction((before) => document.querySelector('.card .text')?.textContent.trim() !== before, zeroShot[0], {
      timeout: patienceMs,
    });
    await waitForRest(page);
    await expect.poll(() => captions(page)).not.toEqual(zeroShot);
    await enterRoom(page, 'Styles');
    await expect.poll(() => styleNames(page)).toEqual(shipped.map(({ title }) => title)); // the room is fetched first
    expect(first.complaints).toEqual([]);
  });
});

describe('styles', () => {
  it('come with the studio and are taken with one click, by the names that they are offered under', async () => {
    const { page } = studio;
    await enterRoom(page, 'Styles');
    for (const [i, { title }] of shipped.entries()) {
      await page.getByRole('button', { name: `Take ${title}` }).click();
      await page.getByRole('button', { name: `Look inside ${title}` }).waitFor({ timeout: patienceMs });
      await expect.poll(() => styleNames(page)).toEqual(shipped.slice(0, i + 1).map((one) => one.title));
    }
    await page.getByText('Come with the studio').waitFor({ state: 'detached' });
  });

  it('are chosen by their numbers, change the captions, and give the earlier ones back at once', async () => {
    const { page } = studio;
    await enterRoom(page, 'Caption');
    await page.getByRole('button', { name: 'Try these five pictures' }).click();
    const zeroShot = await waitForCaptions(page);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('1');
    const styled = await waitForCaptions(page);
    expect(styled.filter((text, i) => text !== zeroShot[i]).length).toBeGreaterThan(samples / 2);
    await expect.poll(() => page.locator('.card mark').count()).toBeGreaterThan(0);
    const changed = styled.findIndex((text, at) => text !== zeroShot[at]);
    await page.keyboard.press('Escape'); // a click opens a picture where none is selected
    await page
      .getByRole('button', { name: /^Open .*jpg/ })
      .nth(changed)
      .click();
    await expect.poll(() => page.locator('.detail .beside').innerText()).toBe(`Before: ${zeroShot[changed] ?? ''}`);
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+a');
    await page.keyboard.press('0');
    await expect.poll(() => captions(page)).toEqual(zeroShot);
    await page.keyboard.press('1');
    await expect.poll(() => captions(page)).toEqual(styled);
    await waitUntilWritten(page);
    await page.reload();
    await expect.poll(() => captions(page)).toEqual(styled);
    await page.getByRole('radio', { name: shipped[0]?.title ?? '', checked: true }).waitFor();
  });

  it('are recognised when what the page exported is dropped on it', async () => {
    const { page } = studio;
    const [first] = shipped;
    if (first === undefined) return expect.unreachable();
    await enterRoom(page, 'Styles');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: `More about ${first.title}` }).click();
    await page.getByRole('menuitem', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: `Export ${first.title}` });
    await expect.poll(() => dialog.getByRole('radio', { name: 'PEFT, transformers 4.52 or newer' }).isChecked()).toBe(true);
    expect(await barriersIn(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save a zip' }).click();
    const zip = join(folder, `${first.title}.zip`);
    await (await downloading).saveAs(zip);
    const before = await styleNames(page);
    await dropFiles(page, [zip]);
    await page.getByText(`${first.title} was here already`).waitFor({ timeout: patienceMs });
    expect(await styleNames(page)).toEqual(before);
  });

  it('are exported into a new folder within one that is picked, under the chosen names', async () => {
    const { page } = studio;
    const [first] = shipped;
    if (first === undefined) return expect.unreachable();
    // The picker is the browser's own window; a folder of the page's stands for what would be picked there.
    await page.evaluate(() => {
      Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() });
    });
    await page.getByRole('button', { name: `More about ${first.title}` }).click();
    await page.getByRole('menuitem', { name: 'Export' }).click();
    await page.getByRole('radio', { name: 'PEFT, older transformers' }).check();
    await page.evaluate(async (name) => {
      const mine = await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
      await mine.getFileHandle('README.md', { create: true }); // somebody's own
    }, first.title);
    await page.getByRole('button', { name: 'Into a folder…' }).click();
    await page.getByText(`It lies in ${first.title} 2`).waitFor({ timeout: patienceMs });
    const config = await page.evaluate(async (name) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(`${name} 2`);
      return (await (await folder.getFileHandle('adapter_config.json')).getFile()).text();
    }, first.title);
    expect(JSON.parse(config)).toMatchObject({ peft_type: 'LORA', r: 4 });
    expect(config).toContain('language_model\\\\.model\\\\.layers'); // as transformers up to 4.51 has it
  });

  it('blend into one whose captions are of both', async () => {
    const { page } = studio;
    const [first, , last] = shipped;
    if (first === undefined || last === undefined) return expect.unreachable();
    await page.getByRole('button', { name: `More about ${first.title}` }).click();
    await page.getByRole('menuitem', { name: 'Blend with others' }).click();
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.getByRole('slider', { name: last.title }).inputValue()).toBe('0.5');
    expect(await barriersIn(page)).toEqual([]);
    await dialog.getByRole('slider', { name: last.title }).fill('0');
    await expect.poll(() => dialog.getByRole('button', { name: 'Blend', exact: true }).isDisabled()).toBe(true);
    await dialog.getByRole('slider', { name: last.title }).fill('0.7');
    await dialog.getByRole('textbox', { name: 'Name of the blend' }).fill('Both');
    await dialog.getByRole('button', { name: 'Blend', exact: true }).click();
    await page.getByRole('heading', { name: 'Both', exact: true }).waitFor({ timeout: patienceMs });
    const blend = page.locator('main.styles > ul li').filter({ hasText: 'Both' });
    await expect.poll(() => blend.innerText()).toContain('LoRA, rank 8');
  });

  it('are duplicated at any strength, under a name of one’s own', async () => {
    const { page } = studio;
    const [first] = shipped;
    if (first === undefined) return expect.unreachable();
    await page.getByRole('button', { name: `More about ${first.title}` }).click();
    await page.getByRole('menuitem', { name: 'Duplicate at another strength' }).click();
    const dialog = page.getByRole('dialog', { name: `Duplicate ${first.title}` });
    const strength = dialog.getByRole('slider', { name: 'Strength of the copy' });
    await strength.fill('0');
    await expect.poll(() => dialog.getByRole('button', { name: 'Duplicate', exact: true }).isDisabled()).toBe(true);
    await strength.fill('1.75');
    expect(await barriersIn(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Stronger');
    await dialog.getByRole('button', { name: 'Duplicate', exact: true }).click();
    await page.getByRole('heading', { name: 'Stronger', exact: true }).waitFor({ timeout: patienceMs });
    const own = await page.locator('main.styles > ul li').filter({ hasText: first.title }).first().innerText();
    const alphaOf = (facts: string): number => Number(/alpha ([\d.]+)/.exec(facts)?.[1]);
    const copy = await page.locator('main.styles > ul li').filter({ hasText: 'Stronger' }).innerText();
    expect(alphaOf(copy)).toBeCloseTo(1.75 * alphaOf(own), 6);
  });

  it('are deleted with a way back', async () => {
    const { page } = studio;
    const names = await styleNames(page);
    const last = names.at(-1) ?? '';
    await page.getByRole('button', { name: `More about ${last}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: `Look inside ${last}` }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => styleNames(page)).toEqual(names);
  });

  it.each([1440, 390])('have a room and a chooser in order at %i pixels', async (width) => {
    const { page } = studio;
    await page.setViewportSize({ width, height: 900 });
    for (const room of ['styles', 'caption']) {
      await page.goto(new URL(`#/${room}`, built.url).href);
      await page.locator(room === 'styles' ? 'main.styles > ul' : '.chooser').waitFor();
      expect({ room, faults: await faultsOf(page) }).toEqual({ room, faults: [] });
    }
  });

  it('ask nothing of other hosts and leave no complaint', () => {
    expect(studio.foreign).toEqual([]);
    expect(studio.complaints).toEqual([]);
  });
});
