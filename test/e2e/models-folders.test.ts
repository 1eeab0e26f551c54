/** @file Folders in the Models room of the built page: dropped, picked, chosen in a field; and models that go out and come back byte by byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { begin, choose, openRoom, status } from '../helpers/models-room.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, waitForCards } from '../helpers/studio-page.ts';

const built = useBuiltStudio();
const folder = useFolder('made-up');
let context: BrowserContext;

beforeAll(() => {
  writeMadeUpCheckpoint(folder, 24_000); // 12 MB
});

beforeEach(async () => {
  context = await built.browser.newContext();
});

afterEach(async () => {
  await context.close();
});

/** The hashes of a model's files by name, as the browser keeps them; the model is told by its manifest's name. */
async function keptHashes(page: Page, name: string): Promise<Readonly<Record<string, string>>> {
  return page.evaluate(async (wanted) => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    for await (const entry of models.values()) {
      const hashes: Record<string, string> = {};
      let found = '';
      for await (const file of (entry as FileSystemDirectoryHandle).values()) {
        const bytes = await (await (file as FileSystemFileHandle).getFile()).arrayBuffer();
        if (file.name === 'manifest.json') found = (JSON.parse(new TextDecoder().decode(bytes)) as { name: string }).name;
        hashes[file.name] = String(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
      }
      if (found === wanted) return hashes;
    }
    return {};
  }, name);
}

/** Lets the page's picker give a folder of the browser's own files: a real handle, where a headless browser can show no picker. */
async function answerPicker(page: Page, name: string): Promise<void> {
  await page.evaluate((wanted) => {
    window.showDirectoryPicker = async () => {
      if (!navigator.userActivation.isActive) throw new DOMException('no click', 'SecurityError');
      return (await navigator.storage.getDirectory()).getDirectoryHandle(wanted, { create: true });
    };
  }, name);
}

/** Puts files of this machine into a folder of the browser's own. */
async function putFolder(page: Page, from: string, name: string): Promise<void> {
  const files = execFileSync('ls', [from], { encoding: 'utf8' }).trim().split('\n');
  for (const file of files) {
    const text = readFileSync(join(from, file)).toString('base64');
    await page.evaluate(
      async ([folderName, fileName, encoded]) => {
        const into = await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
        const writer = await (await into.getFileHandle(fileName, { create: true })).createWritable();
        await writer.write(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
        await writer.close();
      },
      [name, file, text] as const,
    );
  }
}

/** Drops a folder on the room, which looks at it at once, and loads it. */
async function loadDropped(page: Page, path: string, form: string | RegExp, name: string): Promise<Locator> {
  await dropFiles(page, [path]);
  return begin(page, form, name);
}

describe('a folder', () => {
  it('that is dropped on the room is looked at, loaded, and captions', async () => {
    const page = await openRoom(context, built.url);
    const row = await loadDropped(page, folder, 'q8', 'dropped');
    await status(row, 'ready');
    await row.getByText(/^Folder studio-made-up-/).waitFor();
    await row.getByRole('button', { name: 'Use dropped' }).click();
    await page.getByRole('link', { name: 'Caption' }).click();
    await dropFiles(page, [join(builtPage, 'samples', 'skimage_chelsea.jpg')]);
    await chooseWasm(page);
    await waitForCards(page, 'done', 1);
  });

  it('that is chosen in a field gives the same bytes, where the browser has no picker for folders', async () => {
    await context.addInitScript(() => {
      Reflect.deleteProperty(window, 'showDirectoryPicker');
    });
    const page = await openRoom(context, built.url);
    await status(await loadDropped(page, folder, 'q4', 'one'), 'ready');
    await page.getByRole('button', { name: 'Add a model' }).click();
    await page.getByText('Folder', { exact: true }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a folder' }).click()]);
    await chooser.setFiles(folder);
    await page.getByText(/^studio-made-up-.*7 files$/).waitFor();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    const row = await begin(page, 'q4', 'two');
    await status(row, 'ready');
    const { 'manifest.json': ofOne, 'README.md': cardOfOne, ...one } = await keptHashes(page, 'one');
    const { 'manifest.json': ofTwo, 'README.md': cardOfTwo, ...two } = await keptHashes(page, 'two');
    expect(Object.keys(one).length).toBeGreaterThan(4);
    expect(two).toEqual(one);
    expect([ofTwo, cardOfTwo]).not.toEqual([ofOne, cardOfOne]); // they have names of their own
    await row.getByRole('button', { name: /^More for/u }).click();
    await page.getByRole('menuitem', { name: 'Export as one file' }).waitFor(); // the menu is there
    expect(await page.getByRole('menuitem', { name: 'Export as a folder…' }).count()).toBe(0);
  });

  it('that is picked gives the same bytes, and a closed picker changes nothing', async () => {
    const page = await openRoom(context, built.url);
    await putFolder(page, folder, 'picked');
    await status(await loadDropped(page, folder, 'q4', 'one'), 'ready');
    await page.getByRole('button', { name: 'Add a model' }).click();
    await page.getByText('Folder', { exact: true }).click();
    await page.evaluate(() => {
      window.showDirectoryPicker = () => Promise.reject(new DOMException('closed', 'AbortError'));
    });
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    expect(await page.getByRole('button', { name: 'Look', exact: true }).isDisabled()).toBe(true);
    await answerPicker(page, 'picked');
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await page.getByText('picked, 7 files').waitFor();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await status(await begin(page, 'q4', 'two'), 'ready');
    const [one, two] = [await keptHashes(page, 'one'), await keptHashes(page, 'two')];
    expect(two['weights-000.bin']).toBeDefined();
    expect(two['weights-000.bin']).toBe(one['weights-000.bin']);
  });

  it('without a model is refused in words, and so are files that are no folder', async () => {
    const page = await openRoom(context, built.url);
    await dropFiles(page, [join(builtPage, 'samples')]);
    await page.getByRole('alert').getByText('no config.json').waitFor();
    await page.getByRole('button', { name: 'Close' }).first().click();
    await dropFiles(page, [join(folder, 'model.safetensors')]);
    await page.getByText('A model is a folder').waitFor();
  });
});

describe('a model', () => {
  it('goes out as a folder, beside what is there, and comes back byte by byte', async () => {
    const page = await openRoom(context, built.url);
    const row = await loadDropped(page, folder, 'q8', 'made up');
    await status(row, 'ready');
    await answerPicker(page, 'target');
    for (const place of ['target/made-up', 'target/made-up-2']) {
      await choose(row, 'Export as a folder…');
      await page.getByText(`It lies in ${place}.`).waitFor({ timeout: patienceMs });
    }
    const names = await page.evaluate(async () => {
      const target = await (await navigator.storage.getDirectory()).getDirectoryHandle('target');
      const found: string[] = [];
      for await (const name of target.keys()) found.push(name);
      const inner = await target.getDirectoryHandle('made-up');
      window.showDirectoryPicker = () => Promise.resolve(inner);
      return found.toSorted();
    });
    expect(names).toEqual(['made-up', 'made-up-2']);
    const before = await keptHashes(page, 'made up');
    await choose(row, 'Remove…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Add a model' }).click();
    await page.getByText('Folder', { exact: true }).click();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await status(await begin(page, /Bundle/u, 'again'), 'ready');
    expect(await keptHashes(page, 'made up')).toEqual(before);
  });

  it('goes out as one file, and comes back byte by byte when that is dropped', async () => {
    const page = await openRoom(context, built.url);
    const row = await loadDropped(page, folder, 'q8', 'made up');
    await status(row, 'ready');
    const before = await keptHashes(page, 'made up');
    const [download] = await Promise.all([page.waitForEvent('download'), choose(row, 'Export as one file')]);
    const out = mkdtempSync(join(tmpdir(), 'studio-export-'));
    await download.saveAs(join(out, 'made-up.tar'));
    expect(execFileSync('tar', ['-tf', 'made-up.tar'], { cwd: out, encoding: 'utf8' })).toContain('made-up/manifest.json');
    await choose(row, 'Remove…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await status(await loadDropped(page, join(out, 'made-up.tar'), /Bundle/u, 'again'), 'ready');
    expect(await keptHashes(page, 'made up')).toEqual(before);
    rmSync(out, { recursive: true });
  });

  it('that is held in memory goes out whole as well', async () => {
    const page = await openRoom(context, built.url);
    await dropFiles(page, [folder]);
    await page.getByRole('radio', { name: 'Hold in memory' }).check();
    const row = await begin(page, 'q4', 'held');
    await row.getByText('in memory until this tab closes').waitFor({ timeout: patienceMs });
    await status(row, 'ready');
    const [download] = await Promise.all([page.waitForEvent('download'), choose(row, 'Export as one file')]);
    const listed = execFileSync('tar', ['-tf', await download.path()], { encoding: 'utf8' });
    expect(listed.trim().split('\n')).toEqual(
      expect.arrayContaining(['held/manifest.json', 'held/weights-000.bin', 'held/tokenizer.json', 'held/README.md']),
    );
    await answerPicker(page, 'target');
    await choose(row, 'Export as a folder…');
    await page.getByText('It lies in target/held.').waitFor({ timeout: patienceMs });
  });
});
