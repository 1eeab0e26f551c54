/** @file The Models room of the built page for end-to-end tests: adds models, waits for what becomes of them, and drops folders. */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { HubHost } from './hub-host.ts';
import { hubId } from './hub-host.ts';
import { patienceMs } from './studio-page.ts';

/** Opens the room in a new tab. */
export async function openRoom(context: BrowserContext, studioUrl: string): Promise<Page> {
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  await page.goto(`${studioUrl}#/models`);
  await page.getByRole('heading', { name: 'Here' }).waitFor();
  return page;
}

/** Looks at the model on the hub and stops before anything large is fetched. */
export async function look(page: Page, hub: HubHost, token = ''): Promise<void> {
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByLabel('Hub id').fill(hubId);
  // It is open already where another hub was used before.
  if (!(await page.getByLabel('Address of the hub').isVisible())) await page.getByText('Another hub, or a token').click();
  await page.getByLabel('Address of the hub').fill(hub.url);
  await page.getByLabel('Token, for gated and private models').fill(token);
  await page.getByRole('button', { name: 'Look', exact: true }).click();
}

/** Chooses a precision, unless what is proposed is taken, and a name, and begins the load of what was looked at; gives the model's row. */
export async function begin(page: Page, precision: string | RegExp | null, name = 'made up'): Promise<Locator> {
  if (precision !== null) await page.getByRole('radio', { name: precision }).check();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  return page.getByRole('listitem', { name, exact: true });
}

/** Looks at the model on the hub and begins to load it. */
export async function load(page: Page, hub: HubHost, precision: string | RegExp | null, name = 'made up'): Promise<Locator> {
  await look(page, hub);
  return begin(page, precision, name);
}

/** Waits until a model stands where it is expected to. */
export async function status(row: Locator, wanted: string): Promise<void> {
  await row.and(row.page().locator(`[data-status="${wanted}"]`)).waitFor({ timeout: patienceMs });
}

/** Chooses what the menu of a model offers. */
export async function choose(row: Locator, item: string): Promise<void> {
  await row.getByRole('button', { name: /^More for/u }).click();
  await row.page().getByRole('menuitem', { name: item }).click();
}

/** Bytes of weights that the hub was asked for more than once, in units of 512. */
export function askedTwice({ log }: HubHost): number {
  const asked = new Map<number, number>();
  for (const { path, range } of log) {
    if (path !== 'model.safetensors' || range === null) continue;
    for (let at = range[0]; at < range[1]; at += 512) asked.set(at, (asked.get(at) ?? 0) + 1);
  }
  return [...asked.values()].filter((count) => count > 1).length;
}
