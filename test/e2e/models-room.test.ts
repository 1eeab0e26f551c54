/** @file Models where the browser's room is spent, in the built page: the quota is real, what it refuses is answered by a choice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { chromiumArgs, chromiumPath } from '../helpers/chromium.ts';
import { startHub, type HubHost } from '../helpers/hub-host.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { askedTwice, choose, load, openRoom, status } from '../helpers/models-room.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, waitForCards } from '../helpers/studio-page.ts';

const built = useBuiltStudio();
const folder = useFolder('room');
let hub: HubHost;
let context: BrowserContext;

beforeAll(() => {
  writeMadeUpCheckpoint(folder, 140_000); // 73 MB as fp16, in two shards; 21 MB as q4
});

beforeEach(async () => {
  hub = await startHub({ folder });
  // What a service worker keeps for a visit without a network would take room of its own.
  context = await built.browser.newContext({ serviceWorkers: 'block' });
});

afterEach(async () => {
  await context.close();
  await hub.close();
});

/** Gives the page so much room and no more; the browser keeps telling it of more. */
async function setQuota(page: Page, quotaSize: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(built.url).origin, quotaSize });
}

async function expectWhole(page: Page, row: Locator): Promise<void> {
  await status(row, 'ready');
  await choose(row, 'Verify');
  await page.getByText(/is whole$/).waitFor({ timeout: patienceMs });
}

describe('a load that finds no room', () => {
  it('names what takes room, and goes on when some was made, with no byte fetched twice', async () => {
    const page = await openRoom(context, built.url);
    await status(await load(page, hub, 'q4', 'first'), 'ready');
    await hub.close();
    hub = await startHub({ folder }); // counts from here
    await setQuota(page, 80e6);
    const row = await load(page, hub, /^fp16/u, 'second');
    await status(row, 'interrupted');
    const trouble = row.getByRole('alert');
    await trouble.getByText('The browser’s space for this page is spent').waitFor();
    const other = trouble.getByRole('listitem');
    expect(await other.innerText()).toMatch(/^first\s+\d\d\.\d MB\s+Remove…$/u);
    await other.getByRole('button', { name: 'Remove first' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('listitem', { name: 'first', exact: true }).waitFor({ state: 'detached' });
    await row.getByRole('button', { name: 'Go on' }).click();
    await expectWhole(page, row);
    expect(askedTwice(hub)).toBe(0);
  });

  it('can be held in memory with what was fetched, paused and gone on with there', async () => {
    const page = await openRoom(context, built.url);
    await setQuota(page, 50e6);
    const row = await load(page, hub, /^fp16/u);
    await status(row, 'interrupted');
    const written = await row.getByRole('progressbar').getAttribute('value');
    expect(Number(written)).toBeGreaterThan(30e6);
    hub.behaviour.largeAnswers = 0;
    hub.behaviour.delayMs = 700; // between the screen's word and the thread's hearing it
    await row.getByRole('button', { name: 'Hold in memory' }).click();
    await row.getByText('in memory until this tab closes').waitFor({ timeout: patienceMs });
    await row.getByRole('button', { name: 'Pause' }).click();
    await status(row, 'stopping');
    hub.behaviour.largeAnswers = Infinity;
    await status(row, 'interrupted');
    hub.behaviour.delayMs = 0;
    await row.getByRole('button', { name: 'Go on' }).click();
    await expectWhole(page, row);
    expect(askedTwice(hub)).toBe(0);
    expect(
      await page.evaluate(async () => {
        const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
        const names: string[] = [];
        for await (const name of models.keys()) names.push(name);
        return names;
      }),
    ).toEqual([]);
    await row.getByRole('button', { name: 'Use made up' }).click();
    await page.getByRole('link', { name: 'Caption' }).click();
    await dropFiles(page, [join(builtPage, 'samples', 'skimage_chelsea.jpg')]);
    await chooseWasm(page);
    await waitForCards(page, 'done', 1);
  });

  it('is told in a lasting profile too, where the browser refuses in another way, and is still told after a reload', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'studio-profile-'));
    const lasting = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      args: chromiumArgs(),
      serviceWorkers: 'block',
    });
    try {
      const page = await openRoom(lasting, built.url);
      await setQuota(page, 50e6);
      const row = await load(page, hub, /^fp16/u);
      await status(row, 'interrupted');
      await row.getByText('No other model takes room here').waitFor();
      await page.reload();
      await row.getByText('No other model takes room here').waitFor();
      await setQuota(page, 200e6); // it reserves room in powers of two
      await row.getByRole('button', { name: 'Go on' }).click();
      await expectWhole(page, row);
    } finally {
      await lasting.close();
      rmSync(profile, { recursive: true });
    }
  });
});
