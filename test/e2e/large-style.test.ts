/** @file A style as large as a model in the built page: its bytes are shown while it comes, and it can be stopped. */
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { emptyCard } from '../../src/core/adapter/learned.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { writeAdapter } from '../../src/engine/adapter/write-adapter.ts';
import { zipFiles } from '../../src/engine/adapter/zip.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { weightStore } from '../../src/engine/bundle/weight-store.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { startHub, type HubHost } from '../helpers/hub-host.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { barriersIn, faultsOf } from '../helpers/screen-faults.ts';
import { builtPage, dropFiles, enterRoom, patienceMs, waitForCards, waitForRest } from '../helpers/studio-page.ts';

const folder = useFolder('large-style');
const zip = join(folder, 'whole.zip');
const built = useBuiltStudio();
let hub: HubHost;

/** The whole decoder as a style, with the numbers of the model that comes with the page. */
beforeAll(async () => {
  const bundle = await openBundle(folderFiles(join(builtPage, 'bundles/llava-mini')));
  const store = weightStore(bundle, 'float32');
  const replaced = bundle.manifest.tensors
    .filter(({ name }) => name.startsWith('model.language_model.'))
    .map(async ({ name, shape }) => [name, float32(shape, (await store.read(name)) as Float32Array)] as const);
  const files = writeAdapter(
    {
      name: 'Whole',
      spec: { kind: 'weights' },
      tensors: new Map(),
      replaced: new Map(await Promise.all(replaced)),
      placement: 'start',
      start: null,
      base: { name: bundle.manifest.name, revision: null, digest: null },
      card: emptyCard,
    },
    { layout: 'hf5', sizes: { layers: 1, heads: 1, keyValueHeads: 1, headWidth: 1, hiddenSize: 1 } },
  );
  writeFileSync(zip, Buffer.concat(await zipFiles(files)));
  hub = await startHub({ folder });
});

afterAll(() => hub.close());

/** Answers one more piece of the zip, and no other until it is told to. */
function hold(): void {
  const answered = hub.log.filter(({ range }) => range !== null && range[1] - range[0] > 1e6).length;
  hub.behaviour.largeAnswers = answered + 1;
}

async function openAddress(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'From the hub or an address' }).click();
  const dialog = page.getByRole('dialog', { name: 'A style from elsewhere' });
  await dialog.getByRole('textbox').fill(`${hub.url}/plain/whole.zip`);
  await dialog.getByRole('button', { name: 'Fetch', exact: true }).click();
  return dialog;
}

const styleNames = (page: Page): Promise<string[]> => page.locator('main.styles > ul h2').allInnerTexts();
const amount = /^Fetching whole · [\d.]+ MB of \d\d(?:\.\d)? MB/u;

it('shows how much of it has come, ends when it is stopped or left, and comes whole at the next try', async () => {
  const { page, complaints } = await built.open({ viewport: { width: 390, height: 844 } });
  await enterRoom(page, 'Styles');
  hold();
  const dialog = await openAddress(page);
  await dialog.getByRole('status').filter({ hasText: amount }).waitFor({ timeout: patienceMs });
  expect([await barriersIn(page), await faultsOf(page)]).toEqual([[], []]);
  await dialog.getByRole('button', { name: 'Stop work on whole' }).click();
  await expect.poll(() => dialog.getByRole('button', { name: 'Fetch', exact: true }).isEnabled()).toBe(true);
  await dialog.getByRole('status').waitFor({ state: 'detached' });
  hold();
  await dialog.getByRole('button', { name: 'Fetch', exact: true }).click();
  await dialog.getByRole('status').filter({ hasText: amount }).waitFor({ timeout: patienceMs });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.shell > .work').waitFor({ state: 'detached' });
  expect(await styleNames(page)).toEqual([]);
  hub.behaviour.largeAnswers = Infinity;
  await openAddress(page);
  await expect.poll(() => styleNames(page), { timeout: patienceMs }).toEqual(['Whole']);
  await dialog.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

it('is worn, deleted, brought back and worn again', async () => {
  const { page, complaints } = await built.open({ viewport: { width: 1440, height: 900 } });
  await enterRoom(page, 'Styles');
  await dropFiles(page, [zip]);
  await expect.poll(() => styleNames(page), { timeout: patienceMs }).toEqual(['Whole']);
  await page.getByRole('button', { name: 'Use', exact: true }).click();
  await enterRoom(page, 'Caption');
  await page.getByRole('button', { name: 'Try these five pictures' }).click();
  await waitForCards(page, 'done', 5);
  await waitForRest(page);
  await enterRoom(page, 'Styles');
  await page.getByRole('button', { name: 'More about Whole' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect.poll(() => styleNames(page)).toEqual([]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => styleNames(page)).toEqual(['Whole']);
  await page.getByRole('button', { name: 'Use', exact: true }).click();
  await enterRoom(page, 'Caption');
  await page.keyboard.press('Control+a');
  const isWriting = await inTheMoment(page, { element: 'progress[aria-label=Queue]' }, 'note');
  await page.keyboard.press('r');
  await isWriting();
  await waitForRest(page);
  await waitForCards(page, 'done', 5);
  expect(complaints).toEqual([]);
});
