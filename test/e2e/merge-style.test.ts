/** @file A style merged into a copy of the model in the built page. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { findDamage } from '../../src/engine/bundle/verify.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { barriersIn, faultsOf } from '../helpers/screen-faults.ts';
import { builtPage, enterRoom, patienceMs } from '../helpers/studio-page.ts';

interface ShippedStyle {
  readonly title: string;
}

const shipped = JSON.parse(readFileSync(join(builtPage, 'adapters/index.json'), 'utf8')) as readonly ShippedStyle[];
const folder = useFolder('merged');
const built = useBuiltStudio();

/** Takes shipped styles until one of them can be merged, and opens the window for it. */
async function openMerge(page: Page): Promise<void> {
  await enterRoom(page, 'Styles');
  for (const { title } of shipped) {
    await page.getByRole('button', { name: `Take ${title}` }).click();
    await page.getByRole('button', { name: `More about ${title}` }).click({ timeout: patienceMs });
    await page.getByRole('menuitem', { name: 'Export' }).waitFor(); // the menu is there
    const merge = page.getByRole('menuitem', { name: 'Merge into a copy of the model' });
    if ((await merge.count()) === 1) {
      await merge.click();
      return;
    }
    await page.keyboard.press('Escape');
  }
  expect.fail('no shipped style is a change of weights');
}

it('tells what either form takes, and gives a tar whose bundle is whole', async () => {
  const { page, complaints } = await built.open({ viewport: { width: 1440, height: 900 } });
  await openMerge(page);
  const dialog = page.getByRole('dialog');
  const start = dialog.getByRole('button', { name: 'Merge', exact: true });
  await expect.poll(() => start.isEnabled(), { timeout: patienceMs }).toBe(true);
  const notes = dialog.locator('label small');
  await expect.poll(async () => (await notes.allInnerTexts()).map((note) => /[\d.]+ MB$/u.test(note))).toEqual([true, true]);
  expect([await barriersIn(page), await faultsOf(page)]).toEqual([[], []]);
  await dialog.getByRole('radio', { name: 'As the model stores its own' }).check();
  const coming = page.waitForEvent('download', { timeout: patienceMs });
  await start.click();
  const file = join(folder, 'merged.tar');
  await (await coming).saveAs(file);
  await dialog.waitFor({ state: 'detached' });
  execFileSync('tar', ['-xf', file, '-C', folder]);
  const bundle = await openBundle(folderFiles(join(folder, 'model')));
  expect(await findDamage(bundle)).toEqual([]);
  expect(bundle.manifest.source).toMatch(/^llava-mini with /u);
  expect(complaints).toEqual([]);
});

it('refuses a copy for which the browser has no room, in the window', async () => {
  const { page } = await built.open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await page.evaluate(() => {
    navigator.storage.estimate = () => Promise.resolve({ quota: 30e6, usage: 20e6 });
  });
  await openMerge(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('alert').getByText('The copy does not fit.').waitFor({ timeout: patienceMs });
  expect(await dialog.getByRole('button', { name: 'Merge', exact: true }).isEnabled()).toBe(false);
  expect([await barriersIn(page), await faultsOf(page)]).toEqual([[], []]);
});
