/** @file Captions side by side in the built page, with the real model and the styles that come with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/core/dataset/csv.ts';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { builtPage, patienceMs, readCards, type StudioPage, waitForCards, waitForRest, waitUntilWritten } from '../helpers/studio-page.ts';

const shipped = JSON.parse(readFileSync(join(builtPage, 'adapters/index.json'), 'utf8')) as readonly { readonly title: string }[];
const samples = 5;
const columns = shipped.length + 1;
const built = useBuiltStudio();
let studio: StudioPage;

beforeAll(async () => {
  studio = await built.openForAll({ viewport: { width: 1440, height: 1800 } });
});

/** The captions in sight, a row for each picture; '' where there is none. */
function grid(page: Page): Promise<readonly (readonly string[])[]> {
  return page
    .locator('.compare [data-card]')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('[role=gridcell]')].map((cell) => cell.querySelector('.text:not([aria-busy])')?.textContent ?? ''),
      ),
    );
}

async function filled(page: Page): Promise<readonly (readonly string[])[]> {
  await expect
    .poll(async () => (await grid(page)).flat().filter((text) => text !== '').length, { timeout: patienceMs })
    .toBe(samples * columns);
  return grid(page);
}

const heads = (page: Page): Promise<string[]> => page.locator('.head [role=columnheader] strong').allInnerTexts();

describe('the comparison', () => {
  it('has the model as it is and every style that comes with it, after one click; captions that are there are taken', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Try these five pictures' }).click();
    await waitForCards(page, 'done', samples);
    await waitForRest(page);
    const before = (await readCards(page)).map(({ text }) => text);
    await page.keyboard.press('c');
    await page.getByRole('button', { name: `Compare the model as it is with all ${String(shipped.length)} styles` }).click();
    const captions = await filled(page);
    expect(captions.map(([first]) => first)).toEqual(before);
    await expect.poll(() => heads(page)).toEqual(['Zero-shot', ...shipped.map(({ title }) => title)]);
    for (const place of shipped.keys()) {
      expect(captions.filter((row) => row[place + 1] !== row[0]).length).toBeGreaterThan(samples / 2);
    }
    await waitForRest(page);
    await expect.poll(() => page.url()).toContain('view=compare');
  });

  it('gives a caption to its picture by keys, which can be undone, and leads back', async () => {
    const { page } = studio;
    const [first = [], second = []] = await grid(page);
    await page.locator('[role=gridcell][tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.locator('[data-card]').first().locator('[data-place="1"][aria-selected=true]').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('3');
    await page.locator('[data-card]').nth(1).locator('[data-place="2"][aria-selected=true]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.card').first().waitFor();
    await expect.poll(async () => (await readCards(page)).slice(0, 2).map(({ text }) => text)).toEqual([first[1], second[2]]);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await readCards(page))[1]?.text).toBe(second[0]);
  });

  it('is there again after a reload, with nothing written anew', async () => {
    const { page } = studio;
    await page.getByRole('radio', { name: 'Compare' }).check({ force: true });
    const before = await filled(page);
    await waitUntilWritten(page);
    await page.reload();
    expect(await filled(page)).toEqual(before);
    await page.getByRole('button', { name: /^Write \d/ }).waitFor({ state: 'detached' });
  });

  it('is judged without names, keeps the choices over a reload, and tells what they come to', async () => {
    const { page } = studio;
    const before = await grid(page);
    await page.getByRole('button', { name: 'Compare blind' }).click();
    await page.getByRole('button', { name: 'No difference' }).first().waitFor();
    await expect.poll(() => heads(page)).toEqual([]);
    const shuffled = await grid(page);
    expect(shuffled.map((row) => row.toSorted())).toEqual(before.map((row) => row.toSorted()));
    expect(shuffled).not.toEqual(before);
    for (const key of ['1', '2', '0']) await page.keyboard.press(key);
    await page.getByText('3 of 5 judged').waitFor();
    await waitUntilWritten(page);
    await page.locator('.lamp.open').waitFor({ timeout: patienceMs }); // the engine is on its way since the last reload; one that is cut off complains
    await page.reload();
    await page.getByText('3 of 5 judged').waitFor();
    expect(await filled(page)).toEqual(shuffled);
    await page.locator('[data-card]').nth(3).locator('[data-place="0"]').focus();
    await page.keyboard.press('Enter');
    await page.getByText('4 of 5 judged').waitFor();
    await page.keyboard.press('1');
    await page.getByText('5 of 5 judged').waitFor();
    await page.getByRole('button', { name: 'End and show the names' }).click();
    const dialog = page.getByRole('dialog', { name: 'What you chose' });
    await dialog.getByText('5 pictures judged; for 1 you found no difference.').waitFor();
    const counts = await dialog.locator('tbody td:nth-child(2)').allInnerTexts();
    expect(counts.map(Number).reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('is saved as CSV and JSON lines, a row for each picture and caption', async () => {
    const { page } = studio;
    const save = async (name: string): Promise<string> => {
      const downloading = page.waitForEvent('download');
      await page.getByRole('dialog').getByRole('button', { name }).click();
      return readFileSync(await (await downloading).path(), 'utf8');
    };
    const [header, ...rows] = parseCsv('comparison.csv', await save('Save as CSV'), ',').map(({ fields }) => fields);
    expect(header).toEqual(['file', 'model', 'style', 'strength', 'prompt', 'caption', 'chosen', 'blind']);
    expect(rows).toHaveLength(samples * columns);
    expect(rows.filter((row) => row[6] === 'true')).toHaveLength(4);
    expect(new Set(rows.map((row) => row[2]))).toEqual(new Set(['', ...shipped.map(({ title }) => title)]));
    const lines = (await save('Save as JSONL'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ caption }) => caption)).toEqual(rows.map((row) => row[5]));
    expect(lines.every(({ blind }) => blind === true)).toBe(true);
  });

  it('asks nothing of other hosts and leaves no complaint', () => {
    expect(studio.foreign).toEqual([]);
    expect(studio.complaints).toEqual([]);
  });
});
