/** @file The Evaluate room has captions written while the Caption room writes or a training goes on: it waits, says why, can be stopped there, and goes on by itself with the captions that it would have had alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { chooseWasm, dropFiles, enterRoom, patienceMs } from '../helpers/studio-page.ts';
import { fillNumbers, stepsDone, takeSamples } from '../helpers/train-room.ts';

const samples = join(import.meta.dirname, '../../public/samples');
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sample-captions.json'), 'utf8')) as Record<string, string>;
const names = Object.keys(golden);
const pictures = names.map((name) => join(samples, name));
const built = useBuiltStudio();
const folder = useFolder('evaluate-turns');
const references = join(folder, 'references.json');
const patience = { timeout: patienceMs, interval: 20 };

beforeAll(() => writeFileSync(references, JSON.stringify(Object.fromEntries(names.map((name) => [name, ['a photo', 'a picture']])))));

/** Goes into the Evaluate room with references, pictures and a system that is still to be captioned. */
async function planCaptions(page: Page): Promise<void> {
  await enterRoom(page, 'Evaluate');
  await dropFiles(page, [references, ...pictures]);
  await page.getByText('5 of 5 pictures with references are here').waitFor();
  await page.getByRole('button', { name: 'Model and prompt' }).click();
  await page.getByRole('button', { name: 'Add the system' }).click();
  await page.getByRole('button', { name: 'Write 5 captions and score' }).waitFor({ timeout: patienceMs });
}

/** Waits until the scores are there, and reads the captions that they are of. */
async function scoredCaptions(page: Page): Promise<readonly string[]> {
  await page.getByRole('heading', { name: 'Pictures', exact: true }).waitFor({ timeout: patienceMs });
  await page
    .locator('ol .caption')
    .nth(names.length - 1)
    .waitFor();
  return (await page.locator('ol .caption').allTextContents()).toSorted();
}

const expected = Object.values(golden).toSorted();

it('comes after captions of the Caption room that are being written, and all of both are there', async () => {
  const { page, complaints } = await built.open();
  await chooseWasm(page);
  await planCaptions(page);
  await enterRoom(page, 'Caption');
  await page.getByRole('button', { name: 'Try these five pictures' }).click();
  await page.locator('.card[data-state="done"]').nth(4).waitFor({ timeout: patienceMs });
  await page.keyboard.press('Control+a');
  const isWriting = await inTheMoment(page, { element: 'progress[aria-label=Queue]' }, 'note');
  await page.keyboard.press('r');
  await isWriting();
  await enterRoom(page, 'Evaluate');
  await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
  expect(await scoredCaptions(page)).toEqual(expected);
  await enterRoom(page, 'Caption');
  await expect.poll(() => page.locator('.card[data-state="done"]').count(), patience).toBe(5);
  expect(complaints).toEqual([]);
}, 400_000);

it('makes way for captions that are asked for meanwhile, and loses none of its own', async () => {
  const { page, complaints } = await built.open();
  await chooseWasm(page);
  await planCaptions(page);
  await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
  await page.getByText(/^Captions: \d of 5/u).waitFor({ timeout: patienceMs });
  await enterRoom(page, 'Caption');
  await page.getByRole('button', { name: 'Try these five pictures' }).click();
  await expect.poll(() => page.locator('.card[data-state="done"]').count(), patience).toBe(5);
  await enterRoom(page, 'Evaluate');
  expect(await scoredCaptions(page)).toEqual(expected);
  expect(complaints).toEqual([]);
}, 400_000);

it('has the training rest for its captions, waits for it where captions do not go first, and can be stopped there', async () => {
  const { page, complaints } = await built.open();
  await enterRoom(page, 'Train');
  await chooseWasm(page);
  await planCaptions(page);
  await enterRoom(page, 'Train');
  await takeSamples(page);
  await fillNumbers(page, { 'Pictures a step': '2', Epochs: '400' });
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect.poll(() => stepsDone(page), patience).toBeGreaterThan(0);
  await page.getByRole('checkbox', { name: 'Captions that you ask for meanwhile go first' }).uncheck();
  await enterRoom(page, 'Evaluate');
  await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
  await page.getByText('Captions wait for the training').waitFor({ timeout: patienceMs });
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Write 5 captions and score' }).waitFor({ timeout: patienceMs });

  await enterRoom(page, 'Train');
  await page.getByRole('checkbox', { name: 'Captions that you ask for meanwhile go first' }).check();
  await enterRoom(page, 'Evaluate');
  await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
  expect(await scoredCaptions(page)).toEqual(expected);
  await enterRoom(page, 'Train');
  const after = await stepsDone(page);
  await expect.poll(() => stepsDone(page), patience).toBeGreaterThan(after + 1);
  expect(complaints).toEqual([]);
}, 400_000);
