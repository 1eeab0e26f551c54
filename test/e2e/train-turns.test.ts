/** @file Training and captions share the model of the built page: captions go first and the run goes on by itself, or the other way round, in a tab that nobody looks at. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { enterRoom, patienceMs } from '../helpers/studio-page.ts';
import { fillNumbers, stepsDone, takeSamples } from '../helpers/train-room.ts';

const built = useBuiltStudio();

const patience = { timeout: patienceMs, interval: 20 };
const status = (page: Page): Promise<string> => page.getByRole('contentinfo', { name: 'Status' }).innerText();
const written = (page: Page): Promise<number> => page.locator('.card[data-state="done"]').count();

/** Takes away what browsers hold back in a tab that is hidden for long: the page's timers and its frames. */
function hide(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.setTimeout = (() => 0) as unknown as typeof window.setTimeout;
    window.setInterval = (() => 0) as unknown as typeof window.setInterval;
    window.requestAnimationFrame = () => 0;
    window.requestIdleCallback = () => 0;
  });
}

it('rests while captions are written and goes on by itself; or captions wait until it pauses', async () => {
  const { page, complaints } = await built.open();
  await enterRoom(page, 'Train');
  await page.getByRole('button', { name: 'Use wasm' }).click();
  await takeSamples(page);
  await fillNumbers(page, { 'Pictures a step': '2', Epochs: '400' });
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByText('The style as it arrives').waitFor({ timeout: patienceMs });
  await expect.poll(() => stepsDone(page), patience).toBeGreaterThan(0);

  await enterRoom(page, 'Caption');
  const isResting = await inTheMoment(page, { element: 'footer', says: /training rests/u }, 'note');
  await page.getByRole('button', { name: 'Try these five pictures' }).click();
  await page.locator('.card').first().waitFor();
  await hide(page);
  await isResting();
  await expect.poll(() => written(page), patience).toBe(5);
  await enterRoom(page, 'Train');
  const before = await stepsDone(page);
  await expect.poll(() => stepsDone(page), patience).toBeGreaterThan(before + 1);

  await page.getByRole('checkbox', { name: 'Captions that you ask for meanwhile go first' }).uncheck();
  await enterRoom(page, 'Caption');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('r');
  await expect.poll(() => status(page), patience).toContain('waiting for the training');
  await enterRoom(page, 'Train');
  const during = await stepsDone(page);
  await expect.poll(() => stepsDone(page), patience).toBeGreaterThan(during + 2);
  expect(await status(page)).toContain('0 of 5');
  await page.getByRole('button', { name: 'Pause' }).first().click();
  await page.getByText('Paused: you can caption meanwhile').waitFor({ timeout: patienceMs });
  await expect.poll(() => status(page), patience).not.toContain('of 5');
  await enterRoom(page, 'Caption');
  await expect.poll(() => written(page), patience).toBe(5);
  expect(complaints).toEqual([]);
}, 400_000);
