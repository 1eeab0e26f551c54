/** @file The built studio in a browser for end-to-end tests: opens it, drops files on it, and reads its cards. */
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** Where the page and its samples lie. */
export const builtPage = join(import.meta.dirname, '../../dist');

/** The longest that opening the model and captioning a few pictures takes on a slow machine. @unit ms */
export const patienceMs = 120_000;

/** A page, and what it did that it should not have done. */
export interface StudioPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses beyond its own origin that were asked for. */
  readonly foreign: readonly string[];
  /** Errors and violations of the policy, as the console tells them. */
  readonly complaints: readonly string[];
}

/** A card as it stands on the screen. */
export interface SeenCard {
  readonly name: string;
  readonly state: string;
  readonly text: string;
}

/** Opens the studio in a fresh profile and waits for its first screen; the caller closes the context. */
export async function openStudioPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<StudioPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patienceMs);
  const { origin } = new URL(url);
  const foreign: string[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => {
    if (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).origin !== origin) foreign.push(request.url());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('Drop pictures here.').waitFor();
  return { page, context, foreign, complaints };
}

/** Goes into a room by the rail and waits until it is there: rooms are fetched, and one on its way takes no files. */
export async function enterRoom(page: Page, room: string): Promise<void> {
  const link = page.getByRole('navigation').getByRole('link', { name: room });
  await link.click();
  await page.locator(`nav a[aria-current="page"]`, { hasText: room }).waitFor();
  await page.locator('main[aria-busy="true"]').waitFor({ state: 'detached' });
}

/** Chooses wasm, as the notice offers where there is no real GPU. */
export async function chooseWasm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Use wasm' }).click();
}

/** Drops files of this machine on the page, as a file manager does. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
  await session.detach();
}

/** Waits until so many cards in sight are in a state. */
export async function waitForCards(page: Page, state: string, count: number): Promise<void> {
  await page.waitForFunction(
    ({ wanted, least }) => document.querySelectorAll(`.card[data-state="${wanted}"]`).length >= least,
    { wanted: state, least: count },
    { timeout: patienceMs },
  );
}

/** Waits until the queue is empty and everything is written down. */
export async function waitForRest(page: Page): Promise<void> {
  await page.getByRole('progressbar', { name: 'Queue' }).waitFor({ state: 'detached', timeout: patienceMs });
  await waitUntilWritten(page);
}

/** Waits until the page says that all which was changed is written down, as before a reload. */
export async function waitUntilWritten(page: Page): Promise<void> {
  await page.locator('html:not([data-unwritten])').waitFor({ state: 'attached', timeout: patienceMs });
}

/** Reads the cards in sight, in their order. */
export async function readCards(page: Page): Promise<readonly SeenCard[]> {
  return page.locator('.card').evaluateAll((cards) =>
    cards.map((card) => ({
      name: card.getAttribute('aria-label') ?? '',
      state: card.getAttribute('data-state') ?? '',
      text: card.querySelector('.text')?.textContent.trim() ?? '',
    })),
  );
}
