/** @file The Train room of the built page for end-to-end tests: fills its form, and reads how far a run is and what the browser keeps of it. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { sampleStyleName } from '../../src/app/state/train/train-samples.ts';
import { present } from '../../src/core/error.ts';
import type { TrainRecord } from '../../src/app/state/train/train-record.ts';
import type { Moment } from './in-the-moment.ts';
import { patienceMs, waitUntilWritten } from './studio-page.ts';

/** Takes the five samples, and waits until they and the name of their style are there. */
export async function takeSamples(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try with five samples' }).click();
  await page.getByText('TABBY CAT STARES DOWN PHOTOGRAPHER').waitFor({ timeout: patienceMs });
  await expect
    .poll(() => page.getByRole('textbox', { name: 'Name of the style' }).inputValue(), { timeout: patienceMs })
    .toBe(sampleStyleName);
}

/** The moment in which a run's first step is told; it may be over before a click from outside comes. */
export const firstStep: Moment = { element: '[aria-label="How far it is"]', says: /Step\s*[1-9]/u };

/** Types numbers into fields of the form, by their labels. */
export async function fillNumbers(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.getByRole('spinbutton', { name });
    await field.fill(value);
    await field.blur();
  }
}

/** The number of the last step that the screen tells. */
export async function stepsDone(page: Page): Promise<number> {
  const said = await page.getByRole('region', { name: 'How far it is' }).innerText();
  return Number(/Step\s*(\d+)/.exec(said)?.[1] ?? 0);
}

/** A run as the browser keeps it, once all is written down: the screen says that a run is over before its record does. */
export async function recordOf(page: Page, name: string): Promise<TrainRecord> {
  await waitUntilWritten(page);
  const records = await page.evaluate(
    () =>
      new Promise<TrainRecord[]>((resolve, reject) => {
        const opening = indexedDB.open('caption-studio-trainings');
        opening.onerror = () => reject(new Error('no drawer'));
        opening.onsuccess = () => {
          const { result } = opening;
          const asking = result
            .transaction([...result.objectStoreNames])
            .objectStore(result.objectStoreNames[0] ?? '')
            .getAll();
          asking.onsuccess = () => resolve(asking.result as TrainRecord[]);
        };
      }),
  );
  return present(
    records.find((record) => record.name === name),
    `a run ${name}`,
  );
}
