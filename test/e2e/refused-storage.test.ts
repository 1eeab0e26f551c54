/** @file The studio works where the browser keeps nothing, and says what that means: with records, files, or both refused. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Route } from 'playwright-core';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { startHub, type HubHost } from '../helpers/hub-host.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { load } from '../helpers/models-room.ts';
import { barriersIn } from '../helpers/screen-faults.ts';
import { builtPage, chooseWasm, dropFiles, enterRoom, patienceMs, readCards, waitForCards, waitForRest } from '../helpers/studio-page.ts';
import { fillNumbers, takeSamples } from '../helpers/train-room.ts';

const picture = join(builtPage, 'samples', 'skimage_chelsea.jpg');
const built = useBuiltStudio('/studio/');
const folder = useFolder('refused');
let hub: HubHost;

beforeAll(async () => {
  writeMadeUpCheckpoint(folder, 1000);
  hub = await startHub({ folder, licence: 'cc0-1.0' });
});

afterAll(() => hub.close());

interface Refused {
  readonly records: boolean;
  readonly files: boolean;
}

/** Refuses on the thread that runs it. */
function refuse({ records, files }: Refused): void {
  const refusal = (): never => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  if (records) IDBFactory.prototype.open = refusal;
  if (files) StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('Security error', 'SecurityError'));
}

/** Opens the studio in a window that refuses, as private windows of some browsers do; its threads refuse, too. */
async function openRefused(refused: Refused): Promise<Page> {
  // Scripts that are answered in the host's place come from no network that Chromium knows, which must ask before they fetch from a hub of this machine.
  const { page } = await built.open({ serviceWorkers: 'block', permissions: ['local-network-access'] });
  await keepModelFolder(page);
  await page.addInitScript(refuse, refused);
  const answerRefusing = async (route: Route): Promise<void> => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `(${String(refuse)})(${JSON.stringify(refused)});${await answer.text()}` });
  };
  // A page that was closed or loaded anew meanwhile takes no answer.
  await page.route(/\.worker-[^/]*\.js$/u, (route) => answerRefusing(route).catch(() => undefined));
  await page.reload();
  await page.getByText('Drop pictures here.').waitFor();
  return page;
}

/** Puts a folder there as that of a model of earlier visits. */
function keepModelFolder(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models', { create: true });
    await models.getDirectoryHandle('of-earlier-visits', { create: true });
  });
}

function modelFolders(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const names: string[] = [];
    for await (const name of (await (await navigator.storage.getDirectory()).getDirectoryHandle('models')).keys()) names.push(name);
    return names;
  });
}

async function captionOne(page: Page): Promise<string> {
  await chooseWasm(page);
  return captionNow(page);
}

async function captionNow(page: Page): Promise<string> {
  await dropFiles(page, [picture]);
  await waitForCards(page, 'done', 1);
  await waitForRest(page);
  const [card] = await readCards(page);
  return card?.text ?? '';
}

/** From the next load on, a database does not open, as after damage on the disk, until one is deleted; the session notes which. */
async function damage(page: Page, database: string): Promise<void> {
  await page.addInitScript((damaged) => {
    const factory = indexedDB;
    const open = factory.open.bind(factory);
    const remove = factory.deleteDatabase.bind(factory);
    IDBFactory.prototype.open = (name: string, version?: number) => {
      if (name === damaged && sessionStorage.getItem('deleted') === null) throw new DOMException('Internal error', 'UnknownError');
      return open(name, version);
    };
    IDBFactory.prototype.deleteDatabase = (name: string) => {
      sessionStorage.setItem('deleted', `${sessionStorage.getItem('deleted') ?? ''}${name}`);
      return remove(name);
    };
  }, database);
}

async function troubles(page: Page): Promise<readonly string[]> {
  return page.getByRole('log', { name: 'Notices' }).locator('section.attention, section.loss').allTextContents();
}

describe('a window that refuses', () => {
  it.each([
    { records: true, files: true },
    { records: true, files: false },
  ])(
    'records ($records) and files ($files) captions and edits a picture, says that nothing outlasts the tab, and asks before it closes',
    async (refused) => {
      const page = await openRefused(refused);
      await page.getByText('Nothing outlasts this tab here').waitFor();
      expect(await barriersIn(page)).toEqual([]);
      expect(await captionOne(page)).not.toBe('');

      await page.locator('.card .text').dblclick();
      await page.getByRole('textbox', { name: 'Caption of skimage_chelsea.jpg' }).fill('A cat that looks at you.');
      await page.keyboard.press('Enter');
      await page.getByText('A cat that looks at you.').waitFor();
      await page.keyboard.press('Control+z');
      await page.getByText('A cat that looks at you.').waitFor({ state: 'detached' });
      expect(await troubles(page)).toEqual([]);

      const asked = page.waitForEvent('dialog');
      const leaving = page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.accept();
      await leaving;
    },
  );

  it('files alone keeps pictures and captions over a reload, and says what is not kept', async () => {
    const page = await openRefused({ records: false, files: true });
    await page.getByText('Models and styles are not kept here').waitFor();
    const text = await captionOne(page);
    await page.reload();
    await waitForCards(page, 'done', 1);
    await expect.poll(async () => (await readCards(page)).map((card) => card.text)).toEqual([text]);
    await page.locator('.card img').waitFor();
  });

  it.each([
    { records: true, files: false },
    { records: false, files: true },
  ])('records ($records) and files ($files) loads a model, and trains a style and captions with it, all in memory', async (refused) => {
    const page = await openRefused(refused);
    await enterRoom(page, 'Models');
    await load(page, hub, null);
    await page.getByRole('button', { name: 'Use made up' }).waitFor({ timeout: patienceMs });

    await enterRoom(page, 'Train');
    await chooseWasm(page);
    await takeSamples(page);
    await fillNumbers(page, { 'Pictures a step': '5', Epochs: '1' });
    await page.getByRole('textbox', { name: 'Name of the style' }).fill('Fleeting');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByRole('button', { name: 'Caption with it' }).click({ timeout: patienceMs });
    expect(await captionNow(page)).not.toBe('');
    expect(await troubles(page)).toEqual([]);
    // Where it cannot be read which models are known, none is tidied away.
    if (!refused.files) expect(await modelFolders(page)).toEqual(['of-earlier-visits']);
  });

  it('to open a damaged database says so, deletes nothing by itself, and begins anew without what cannot be read', async () => {
    const { page } = await built.open();
    const text = await captionOne(page);
    await damage(page, 'caption-studio-settings');
    await page.reload();
    await page.getByText('What was kept here could not be read').waitFor();
    expect(await barriersIn(page)).toEqual([]);
    expect(await page.evaluate(() => sessionStorage.getItem('deleted'))).toBeNull();
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await waitForCards(page, 'done', 1);
    expect((await readCards(page)).map((card) => card.text)).toEqual([text]);
    expect(await page.evaluate(() => sessionStorage.getItem('deleted'))).toBe('caption-studio-settings');
  });

  it('to read the pictures deletes none of them', async () => {
    const { page } = await built.open();
    const text = await captionOne(page);
    await damage(page, 'caption-studio-cards');
    await page.reload();
    await page.getByText('What was kept here could not be read').first().waitFor();
    await page.evaluate(() => sessionStorage.setItem('deleted', 'mended'));
    await page.reload();
    await waitForCards(page, 'done', 1);
    expect((await readCards(page)).map((card) => card.text)).toEqual([text]);
    await page.locator('.card img').waitFor();
  });

  it('nothing says nothing', async () => {
    const page = await openRefused({ records: false, files: false });
    await chooseWasm(page);
    expect(await page.getByText(/outlasts this tab|not kept here/).count()).toBe(0);
  });
});
