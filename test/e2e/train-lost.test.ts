/** @file A run of training on a GPU in software survives what takes the GPU or the page away: it goes on from its checkpoint with the losses of a run that nothing happened to. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { startHub, type HubHost } from '../helpers/hub-host.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { load } from '../helpers/models-room.ts';
import { enterRoom, waitUntilWritten } from '../helpers/studio-page.ts';
import { fillNumbers, recordOf, stepsDone, takeSamples } from '../helpers/train-room.ts';

const folder = useFolder('train');
/** A step takes seconds on a GPU in software, and minutes where the machine has much to do beside it. */
const patience = { timeout: 300_000, interval: 100 };
const built = useBuiltStudio();
let hub: HubHost;
let page: Page;

beforeAll(async () => {
  writeMadeUpCheckpoint(folder, 1000);
  hub = await startHub({ folder, licence: 'cc0-1.0' });
  ({ page } = await built.openForAll());
});

afterAll(() => hub.close());

/** Fetches the tiny model and chooses it. */
async function chooseTinyModel(): Promise<void> {
  await enterRoom(page, 'Models');
  await load(page, hub, null);
  await page.getByRole('button', { name: 'Use made up' }).click({ timeout: patience.timeout });
  await page.getByText('In use').waitFor({ timeout: patience.timeout });
}

/** Fills the form for a run of six steps that looks at nothing meanwhile. */
async function prepare(name: string): Promise<void> {
  await takeSamples(page);
  await page.getByRole('radio', { name: /^Prompt/ }).check();
  await page.getByRole('combobox', { name: 'Kept from training' }).selectOption('0');
  await fillNumbers(page, { 'Pictures a step': '2', Epochs: '2' });
  await page.getByRole('textbox', { name: 'Name of the style' }).fill(name);
}

const isOver = (): Promise<boolean> => page.getByRole('button', { name: 'Train another' }).isVisible();

const lossesOf = async (name: string): Promise<readonly number[]> => {
  await waitUntilWritten(page); // the screen says that a run is over before its record does
  return (await recordOf(page, name)).progress.steps.map(({ loss }) => loss);
};
const steps = (): Promise<number> => stepsDone(page);

it('goes on from a checkpoint after the GPU crashed and after the page was closed in a step, with the same losses', async () => {
  await chooseTinyModel();
  await enterRoom(page, 'Train');
  await page.getByRole('button', { name: 'Use WebGPU anyway' }).click();
  await prepare('Whole');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect.poll(isOver, patience).toBe(true);
  const whole = await lossesOf('Whole');
  expect(whole).toHaveLength(6);
  expect(whole.at(-1)).toBeLessThan(whole[0] ?? 0);

  await page.getByRole('button', { name: 'Train another' }).click();
  await prepare('Broken');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect.poll(steps, patience).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Pause' }).click(); // puts a checkpoint down
  await page.getByText('Paused').waitFor({ timeout: patience.timeout });
  const paused = await steps();
  expect(paused).toBeLessThan(3);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(steps, patience).toBeGreaterThan(paused);
  await (await built.browser.newBrowserCDPSession()).send('Browser.crashGpuProcess').catch(() => undefined); // the answer goes with it
  await page.getByText('The GPU went away').waitFor({ timeout: patience.timeout });
  await expect.poll(steps, patience).toBeGreaterThan(paused + 1);
  await page.reload();
  await page.getByText('Not finished yet').waitFor({ timeout: patience.timeout });
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(isOver, patience).toBe(true);
  expect(await lossesOf('Broken')).toEqual(whole);
}, 1_800_000);
