/** @file Teaching a style in the built page: from the five samples to a style in the library, over a pause and a reload. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { enterRoom, patienceMs, waitUntilWritten } from '../helpers/studio-page.ts';
import { firstStep, takeSamples } from '../helpers/train-room.ts';

const built = useBuiltStudio();

/** Waits until a run says that so many of its steps are made. */
async function waitForStep(page: Page, least: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const said = /Step\s*(\d+)/.exec(document.querySelector('[aria-label="How far it is"]')?.textContent ?? '');
      return Number(said?.[1] ?? 0) >= wanted;
    },
    least,
    { timeout: patienceMs },
  );
}

it('learns from the samples, is paused, goes on after a reload, and puts the style into the library', async () => {
  const { page, foreign, complaints } = await built.open();
  await enterRoom(page, 'Train');
  await page.getByRole('button', { name: 'Use wasm' }).click();
  await takeSamples(page);
  for (const [name, value] of [
    ['Pictures a step', '2'],
    ['Epochs', '3'],
  ] as const) {
    await page.getByRole('spinbutton', { name }).fill(value);
    await page.getByRole('spinbutton', { name }).blur();
  }
  const paused = await inTheMoment(page, firstStep, { press: 'Pause' });
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByText('The style as it arrives').waitFor({ timeout: patienceMs });
  await paused();
  await page.getByText('Paused: you can caption meanwhile').waitFor({ timeout: patienceMs });
  const before = await page.getByRole('region', { name: 'How far it is' }).innerText();
  await waitUntilWritten(page);

  await page.reload();
  await page.getByText('Not finished yet').waitFor({ timeout: patienceMs });
  expect(before).toContain('of 6');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Train another' }).waitFor({ timeout: patienceMs });
  await waitForStep(page, 6);

  await enterRoom(page, 'Styles');
  await page.getByRole('heading', { name: 'Headlines' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Headlines' }).waitFor();
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
}, 400_000);
