/** @file The Models room of the built page: a checkpoint comes in from a hub, survives interruptions, captions, and is looked after. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { findDamage } from '../../src/engine/bundle/verify.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { startHub, type HubHost } from '../helpers/hub-host.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { askedTwice, choose, load, look, openRoom, status } from '../helpers/models-room.ts';
import { barriersIn } from '../helpers/screen-faults.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, readCards, waitForCards } from '../helpers/studio-page.ts';

const photo = join(builtPage, 'samples', 'skimage_chelsea.jpg');
const built = useBuiltStudio();
const folder = useFolder('models');
let hub: HubHost;
let context: BrowserContext;

beforeAll(() => {
  writeMadeUpCheckpoint(folder, 48_000); // 25 MB: four ranges and two shards
});

beforeEach(async () => {
  hub = await startHub({ folder, licence: 'cc0-1.0' });
  context = await built.browser.newContext();
});

afterEach(async () => {
  await context.close();
  await hub.close();
});

describe('the Models room', () => {
  it('says what a model takes before it is fetched, loads it, and captions with it', async () => {
    const page = await openRoom(context, built.url);
    await look(page, hub);
    await page.getByText('Licence: cc0-1.0').waitFor();
    expect(hub.log.filter(({ path, range }) => path === 'model.safetensors' && range !== null && range[1] - range[0] > 1e6)).toEqual([]);
    await page.getByRole('radio', { name: 'q8' }).check();
    await page.getByLabel('Name').fill('made up');
    await page.getByRole('button', { name: 'Load', exact: true }).click();
    const row = page.getByRole('listitem', { name: 'made up' });
    await status(row, 'ready');
    expect(askedTwice(hub)).toBe(0);
    await row.getByRole('button', { name: 'Use made up' }).click();
    await row.getByText('In use').waitFor();
    await page.getByRole('link', { name: 'Caption' }).click();
    await dropFiles(page, [photo]);
    await chooseWasm(page);
    await waitForCards(page, 'done', 1);
    await expect.poll(async () => (await readCards(page)).map(({ state }) => state)).toEqual(['done']);
    await page.reload();
    await page.getByRole('contentinfo').getByText('made up').waitFor({ timeout: patienceMs });
  });

  it('goes on after the tab was closed in the middle, and fetches nothing again that was written', async () => {
    hub.behaviour.largeAnswers = 2;
    const first = await openRoom(context, built.url);
    const row = await load(first, hub, 'q4');
    await first.waitForFunction(
      () => Number(document.querySelector('li[data-status="loading"] progress')?.getAttribute('value')) > 9e6,
      undefined,
      {
        timeout: patienceMs,
      },
    );
    await expect.poll(() => row.innerText()).toMatch(/of 2\d\.\d MB/);
    await expect.poll(() => hub.log.filter(({ range }) => range !== null && range[1] - range[0] > 1e6).length).toBe(3); // the one that waits
    await first.close();
    const closedAt = hub.log.length;
    const second = await openRoom(context, built.url);
    const again = second.getByRole('listitem', { name: 'made up' });
    await status(again, 'interrupted');
    expect(hub.log.slice(closedAt)).toEqual([]);
    hub.behaviour.largeAnswers = Infinity; // not before: a tab that was closed works on for a moment
    await again.getByRole('button', { name: 'Go on' }).click();
    await status(again, 'ready');
    // What was on its way when the tab closed comes again; what had arrived does not.
    const ranges = hub.log.filter(({ path, range }) => path === 'model.safetensors' && range !== null && range[1] - range[0] > 1000);
    const starts = ranges.map(({ range }) => range?.[0]);
    const repeated = starts.filter((start, i) => starts.indexOf(start) !== i);
    expect(repeated.length).toBeLessThanOrEqual(2); // one being written, one on its way
    expect(repeated).not.toContain(starts[0]);
  });

  it('lets one tab load and the others watch', async () => {
    hub.behaviour.largeAnswers = 1;
    const first = await openRoom(context, built.url);
    await load(first, hub, 'q4');
    const second = await openRoom(context, built.url);
    const watched = second.getByRole('listitem', { name: 'made up' });
    await status(watched, 'elsewhere');
    await watched.getByText('loading in another tab').waitFor();
    hub.behaviour.largeAnswers = Infinity;
    await status(watched, 'ready');
    expect(askedTwice(hub)).toBe(0);
  });

  it('pauses from any tab, and goes on without a byte twice', async () => {
    hub.behaviour.largeAnswers = 1;
    hub.behaviour.delayMs = 900; // between the screen's word and the thread's hearing it
    const page = await openRoom(context, built.url);
    const row = await load(page, hub, 'q8');
    await status(row, 'loading');
    await row.getByRole('button', { name: 'Pause' }).click();
    await status(row, 'stopping');
    hub.behaviour.largeAnswers = Infinity;
    await status(row, 'interrupted');
    hub.behaviour.delayMs = 0;
    await row.getByRole('button', { name: 'Go on' }).click();
    await status(row, 'ready');
    expect(askedTwice(hub)).toBe(0);
  });

  it('stands still where the source has changed, and loads from the start when asked', async () => {
    hub.behaviour.largeAnswers = 2;
    const page = await openRoom(context, built.url);
    const row = await load(page, hub, 'q4');
    await status(row, 'loading');
    await expect.poll(() => hub.log.filter(({ range }) => range !== null && range[1] - range[0] > 1e6).length).toBe(3); // the one that waits
    hub.behaviour.release = 'second';
    hub.behaviour.largeAnswers = Infinity;
    await status(row, 'interrupted');
    await row.getByText('The source has changed').waitFor();
    await row.getByRole('button', { name: 'Load from the start' }).click();
    await status(row, 'ready');
    expect(await page.getByRole('listitem', { name: 'made up', exact: true }).count()).toBe(1);
    await choose(row, 'Verify');
    await page.getByText('made up is whole').waitFor();
  });

  it('finds a turned bit when asked, and fetches only the wrong shard again', async () => {
    const page = await openRoom(context, built.url);
    const row = await load(page, hub, 'q8');
    await status(row, 'ready');
    await turnOneBit(page, 'weights-000.bin');
    await choose(row, 'Verify');
    await status(row, 'damaged');
    await row.getByText('weights-000.bin').waitFor();
    await row.getByRole('button', { name: 'Repair' }).click();
    await status(row, 'ready');
    await choose(row, 'Verify');
    await page.getByText('made up is whole').waitFor();
  });

  it('says beforehand that there is no room, and holds the model in memory instead', async () => {
    // Browsers do not always tell the quota that they hold a page to.
    await context.addInitScript(() => {
      navigator.storage.estimate = () => Promise.resolve({ quota: 60e6, usage: 0 });
    });
    const page = await openRoom(context, built.url);
    await look(page, hub);
    await page.getByRole('radio', { name: 'fp32' }).check();
    await page.getByRole('alert').getByText('There may be no room to keep it').waitFor();
    await page.getByRole('radio', { name: 'q4' }).check();
    await page.getByRole('radio', { name: 'Hold in memory' }).check();
    await page.getByLabel('Name').fill('made up');
    await page.getByRole('button', { name: 'Load', exact: true }).click();
    const row = page.getByRole('listitem', { name: 'made up' });
    await row.getByText('in memory until this tab closes').waitFor({ timeout: patienceMs });
    await status(row, 'ready');
    await row.getByRole('button', { name: 'Use made up' }).click();
    await page.getByRole('link', { name: 'Caption' }).click();
    await dropFiles(page, [photo]);
    await chooseWasm(page);
    await waitForCards(page, 'done', 1);
    await page.reload();
    await page.getByText('The chosen model is not here any more').waitFor({ timeout: patienceMs });
  });

  it('hands a model on as one file, which the command line finds whole', async () => {
    const page = await openRoom(context, built.url);
    const row = await load(page, hub, 'q4');
    await status(row, 'ready');
    await row.getByRole('button', { name: 'More for made up' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Export as one file' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('made-up.tar');
    const out = mkdtempSync(join(tmpdir(), 'studio-export-'));
    await download.saveAs(join(out, 'made-up.tar'));
    execFileSync('tar', ['-xf', 'made-up.tar'], { cwd: out });
    const bundle = await openBundle(folderFiles(join(out, 'made-up')));
    expect(await findDamage(bundle)).toEqual([]);
    expect(bundle.manifest).toMatchObject({ name: 'made up', licence: 'cc0-1.0', family: 'llava' });
    rmSync(out, { recursive: true });
  });

  it('tells of a gated model what to do, and keeps the token out of everything but the requests to its hub', async () => {
    hub.behaviour.token = 'hf_secret_token';
    const page = await openRoom(context, built.url);
    await look(page, hub);
    await page.getByRole('alert').getByText('accept its terms on its page').waitFor();
    await page.getByLabel('Token, for gated and private models').fill('hf_secret_token');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByLabel('Name').fill('gated'); // the model that comes with the page is ready all the time
    await page.getByRole('button', { name: 'Load', exact: true }).click();
    await status(page.getByRole('listitem', { name: 'gated' }), 'ready');
    const kept = await page.evaluate(async () => {
      const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
      const texts: string[] = [];
      for await (const entry of models.values()) {
        for await (const file of (entry as FileSystemDirectoryHandle).values())
          if (/\.(json|md)$/.test(file.name)) texts.push(await (await (file as FileSystemFileHandle).getFile()).text());
      }
      return texts.join('\n');
    });
    expect(kept).toContain('formatVersion');
    expect(kept).not.toContain('hf_secret_token');
  });

  it('has no barriers that a checker finds, wide and narrow, light and dark', async () => {
    const page = await openRoom(context, built.url);
    const row = await load(page, hub, 'q8');
    await status(row, 'ready');
    for (const [width, colorScheme] of [
      [1200, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await barriersIn(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await choose(row, 'Remove…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByText('Only the model that comes with the page is here').waitFor();
  });
});

async function turnOneBit(page: Page, path: string): Promise<void> {
  await page.evaluate(async (name) => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    for await (const folderHandle of models.values()) {
      const handle = await (folderHandle as FileSystemDirectoryHandle).getFileHandle(name);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      bytes[1234] = (bytes[1234] ?? 0) ^ 1;
      const writer = await handle.createWritable();
      await writer.write(bytes);
      await writer.close();
    }
  }, path);
}
