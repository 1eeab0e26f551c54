/** @file Two tabs of one studio on one comparison: columns, captions and choices of one show in the other without a reload. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { patienceMs, waitForCards, waitForRest } from '../helpers/studio-page.ts';

const samples = 5;
const built = useBuiltStudio();

const captions = (page: Page): Promise<readonly string[]> => page.locator('.compare [data-card] .text:not([aria-busy])').allInnerTexts();
const heads = (page: Page): Promise<readonly string[]> => page.locator('.head [role=columnheader] strong').allInnerTexts();

it('shows in one tab what was compared, written and chosen in the other', async () => {
  const { page: first, context } = await built.open({ viewport: { width: 1440, height: 1800 } });
  await first.getByRole('button', { name: 'Try these five pictures' }).click();
  await waitForCards(first, 'done', samples);
  await waitForRest(first);
  const second = await context.newPage();
  await second.goto(`${built.url}#/caption?view=compare`);
  const all = /^Compare the model as it is with all/;
  await second.getByRole('button', { name: all }).waitFor({ timeout: patienceMs });
  await first.keyboard.press('c');
  await first.getByRole('button', { name: all }).click();
  await expect.poll(() => heads(second).then(({ length }) => length), { timeout: patienceMs }).toBe(4);
  await waitForRest(first);
  expect(await second.getByText('not here any more').count()).toBe(0); // its styles came along
  await expect.poll(async () => (await captions(second)).length, { timeout: patienceMs }).toBe(4 * samples);
  expect(await captions(second)).toEqual(await captions(first));

  await second.getByRole('button', { name: /^More about .*Storybook/ }).click();
  await second.getByRole('menuitem', { name: 'Remove the column' }).click();
  await expect.poll(() => heads(first).then(({ length }) => length)).toBe(3);

  await first.getByRole('button', { name: 'Compare blind' }).click();
  await second.getByRole('button', { name: 'No difference' }).first().waitFor();
  await first.keyboard.press('1');
  await second.getByText(`1 of ${String(samples)} judged`).waitFor();
  await second.locator('[data-card]').nth(1).locator('[data-place="0"]').focus(); // the first picture is judged
  await second.keyboard.press('Enter');
  await first.getByText(`2 of ${String(samples)} judged`).waitFor();
  await second.getByRole('button', { name: 'End and show the names' }).click();
  await expect.poll(() => heads(first).then(({ length }) => length)).toBe(3);
});
