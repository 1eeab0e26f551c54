/** @file How runs in the built page end: early, with the best look kept, and without room for a checkpoint, with nothing lost. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { barriersIn, faultsOf } from '../helpers/screen-faults.ts';
import { chooseWasm, enterRoom, patienceMs } from '../helpers/studio-page.ts';
import { fillNumbers, firstStep, recordOf, stepsDone, takeSamples } from '../helpers/train-room.ts';

const built = useBuiltStudio();
const patience = { timeout: patienceMs, interval: 50 };

/** Fills the form with the samples. */
async function prepare(page: Page, name: string, numbers: Readonly<Record<string, string>>): Promise<void> {
  await takeSamples(page);
  await page.getByText('More options').click();
  await fillNumbers(page, numbers);
  await page.getByRole('textbox', { name: 'Name of the style' }).fill(name);
}

const start = (page: Page): Promise<void> => page.getByRole('button', { name: 'Start training' }).click();
const untilOver = (page: Page): Promise<void> => page.getByRole('button', { name: 'Train another' }).waitFor({ timeout: patienceMs });

it('ends early where nothing gets better, and keeps the best look: a run that goes on from the style begins with its loss', async () => {
  const { page, complaints } = await built.open();
  await enterRoom(page, 'Train');
  await chooseWasm(page);
  // A rate that spoils what is learned: some look is worse than one before it, and one is enough.
  await prepare(page, 'Early', {
    'Pictures a step': '2',
    Epochs: '40',
    'Looks an epoch': '1',
    'Stop early after': '1',
    'Learning rate': '0.05',
  });
  await page.getByRole('combobox', { name: 'Kept from training' }).selectOption('0.4');
  await start(page);
  await untilOver(page);
  const { end, progress } = await recordOf(page, 'Early');
  const best = progress.looks.findLast(({ isBest }) => isBest) ?? expect.fail('no look was best');
  expect(end).toBe('stopped-early');
  expect(progress.looks.at(-1)?.isBest).toBe(false);
  expect(progress.steps.length).toBeLessThan(progress.totalSteps);
  const ended = `Ended early: nothing got better after step ${String(best.step)}, which is kept`;
  await expect.poll(() => page.getByRole('region', { name: 'How far it is' }).innerText(), patience).toContain(ended);

  await enterRoom(page, 'Styles');
  await page.getByRole('button', { name: 'More about Early' }).click();
  await page.getByRole('menuitem', { name: 'Go on from here' }).click();
  await page.getByText('Starts from Early').waitFor({ timeout: patienceMs });
  await page.getByRole('textbox', { name: 'Name of the style' }).fill('Onward');
  await fillNumbers(page, { Epochs: '1', 'Learning rate': '0.001' });
  await start(page);
  await untilOver(page);
  const [first] = (await recordOf(page, 'Onward')).progress.looks;
  expect(first?.loss).toBeCloseTo(best.loss, 4);
  expect(first?.captions).toEqual(best.captions);
  expect(complaints).toEqual([]);
}, 400_000);

it('stops with a clear word where a checkpoint finds no room, loses nothing, and goes on to the same losses', async () => {
  const { page, context } = await built.open({ viewport: { width: 390, height: 844 } });
  await enterRoom(page, 'Train');
  await chooseWasm(page);
  const numbers = { 'Pictures a step': '2', Epochs: '15' }; // long enough to take away the room in the middle
  await prepare(page, 'Whole', numbers);
  await page.getByRole('combobox', { name: 'Kept from training' }).selectOption('0');
  await start(page);
  await untilOver(page);
  const whole = await recordOf(page, 'Whole');

  await page.getByRole('button', { name: 'Train another' }).click();
  await page.getByRole('textbox', { name: 'Name of the style' }).fill('Cramped');
  const isGoing = await inTheMoment(page, firstStep, 'note');
  await start(page);
  await isGoing();
  const session = await context.newCDPSession(page);
  const origin = new URL(built.url).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await page.getByRole('button', { name: 'Pause' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'space for this page is spent' });
  await alert.waitFor({ timeout: patienceMs });
  expect(await alert.innerText()).toContain('What was learned is still in memory');
  expect([await barriersIn(page), await faultsOf(page)]).toEqual([[], []]);
  const at = await stepsDone(page);
  // On in memory, up to the last checkpoint; or to one that a slow machine comes to after a minute, which finds no room either.
  const goOnInMemory = async (): Promise<number> => {
    const steps = await stepsDone(page);
    const goOn = page.getByRole('button', { name: 'Go on' });
    if (steps < whole.progress.steps.length && (await goOn.isVisible())) await goOn.click();
    return steps;
  };
  await expect.poll(goOnInMemory, patience).toBe(whole.progress.steps.length);
  await alert.waitFor({ timeout: patienceMs });

  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilOver(page);
  const cramped = await recordOf(page, 'Cramped');
  expect(cramped.progress.steps).toEqual(whole.progress.steps);
  expect([cramped.end, at < whole.progress.steps.length]).toEqual(['finished', true]);
  expect([cramped.styleId, whole.styleId]).toEqual([expect.stringMatching(/./), cramped.styleId]); // a style is known by its numbers
}, 400_000);
