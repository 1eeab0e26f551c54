/** @file A data set's whole way through the built page: a folder of photos with captions for most, the rest captioned, changed, undone after a reload, a third captioned anew, and out again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../src/core/archive/file-entry.ts';
import { openTar } from '../../src/core/archive/read-tar.ts';
import { openZip } from '../../src/core/archive/read-zip.ts';
import { memorySource } from '../../src/core/codec/byte-source.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, chooseWasm, dropFiles, type StudioPage, waitForRest, waitUntilWritten } from '../helpers/studio-page.ts';

const shared = join(import.meta.dirname, '../../../shared/data/coco');
const samples = ['chelsea', 'coffee', 'astronaut', 'rocket', 'camera'].map((name) => join(builtPage, `samples/skimage_${name}.jpg`));
/** Every fifth photo has no caption, and the model has to write it. */
const isBare = (i: number): boolean => i % 5 === 4;
const longMs = 40 * 60_000;

const built = useBuiltStudio();
const folder = useFolder('workspace');
let studio: StudioPage;

interface Photo {
  readonly bytes: Uint8Array;
  readonly caption: string;
}

/** Three hundred photos where they are at hand; elsewhere ten of the studio's own. */
async function readPhotos(): Promise<readonly Photo[]> {
  const tars = await Promise.all(
    ['train', 'dev'].map(async (part) => {
      const tar = await readFile(join(shared, `${part}.tar`)).catch(() => null);
      if (tar === null) return [];
      const captions = JSON.parse(await readFile(join(shared, `${part}.json`), 'utf8')) as Readonly<Record<string, readonly string[]>>;
      const entries = await openTar(memorySource(`${part}.tar`, tar));
      return Promise.all(entries.map(async ({ path, read }) => ({ bytes: await read(), caption: captions[path]?.[0] ?? 'A photo.' })));
    }),
  );
  const photos = tars.flat().slice(0, 300);
  if (photos.length > 0) return photos;
  return [...samples, ...samples].map((path, i) => ({ bytes: readFileSync(path), caption: `A photo of a man, the ${String(i)}th.` }));
}

/** Writes photos into folders as data sets have them, with odd names and sidecars. */
function writeSet(root: string, photos: readonly Photo[]): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  for (const [i, { bytes, caption }] of photos.entries()) {
    const stem = `${i % 2 === 0 ? 'train' : 'validation/day 1 – früh'}/photo ${String(i).padStart(3, '0')}`;
    mkdirSync(dirname(join(root, stem)), { recursive: true });
    writeFileSync(join(root, `${stem}.jpg`), bytes);
    if (isBare(i)) continue;
    const text = i % 7 === 0 ? `${caption} “Größe” 🐈, <b>bold</b>` : caption;
    writeFileSync(join(root, `${stem}.txt`), `${text}\n`);
    written.set(`set/${stem}.txt`, text);
  }
  return written;
}

async function shownCount(page: Page): Promise<number> {
  const first = page.locator('.card').first();
  return (await first.count()) === 0 ? 0 : Number(await first.getAttribute('aria-setsize'));
}

async function find(page: Page, words: string): Promise<void> {
  await page.locator('#find').fill(words);
  await page.locator('#find').press('Enter');
  await page.locator('#find').blur();
}

/** Exports as texts beside the pictures, in a zip that the browser downloads. */
async function exportZip(page: Page): Promise<readonly FileEntry[]> {
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
  await page.keyboard.press('Control+e');
  const download = page.waitForEvent('download', { timeout: longMs });
  await page.getByRole('button', { name: 'Save a zip' }).click();
  const path = join(folder, 'out.zip');
  await (await download).saveAs(path);
  await page.getByText('captions.zip saved').waitFor();
  await page.keyboard.press('Escape');
  return openZip(memorySource('out.zip', readFileSync(path)));
}

async function textsOf(entries: readonly FileEntry[]): Promise<ReadonlyMap<string, string>> {
  const texts = entries.filter(({ path }) => path.endsWith('.txt'));
  return new Map(
    await Promise.all(texts.map(async ({ path, read }) => [path, new TextDecoder().decode(await read()).replace(/\n$/u, '')] as const)),
  );
}

describe('the workspace', () => {
  it(
    'takes a folder of photos from import over captions, changes and a reload to an export that reads the same again',
    { timeout: longMs },
    async () => {
      const photos = await readPhotos();
      const root = join(folder, 'set');
      const known = writeSet(root, photos);
      const bare = photos.length - known.size;
      studio = await built.open();
      const { page } = studio;
      page.setDefaultTimeout(120_000);
      await chooseWasm(page);
      await page.getByLabel('At most', { exact: true }).fill('16');
      await page.getByLabel('At most', { exact: true }).blur();
      await dropFiles(page, [root]);
      await page.getByText(`${String(photos.length)} pictures added`).waitFor();
      await page.getByRole('progressbar', { name: 'Queue' }).waitFor({ state: 'detached', timeout: longMs });
      await waitForRest(page);
      await expect.poll(() => shownCount(page)).toBe(photos.length);

      // The filter tells who wrote what; nothing is left without a caption.
      await find(page, 'by:model');
      await expect.poll(() => shownCount(page)).toBe(bare);
      await find(page, 'folder:früh by:file');
      await expect.poll(() => shownCount(page)).toBe([...known.keys()].filter((path) => path.includes('früh')).length);
      await find(page, 'caption:""');
      await page.getByText('No picture matches.').waitFor();
      await find(page, '');

      // A change of many, seen before it is made, undone after a reload and done again.
      await page.keyboard.press('Control+h');
      await page.getByLabel('In front').fill('mystyle, ');
      await page.getByRole('button', { name: `Change ${String(photos.length)} pictures` }).click();
      await find(page, 'caption:/^mystyle, /');
      await expect.poll(() => shownCount(page)).toBe(photos.length);
      await waitUntilWritten(page);
      await page.reload();
      await page.locator('.card').first().waitFor();
      await page.locator('body').press('Control+z');
      await find(page, 'caption:/^mystyle, /');
      await page.getByText('No picture matches.').waitFor();
      await page.locator('body').press('Control+Shift+z');
      await expect.poll(() => shownCount(page)).toBe(photos.length);
      await page.locator('body').press('Control+z');
      await find(page, '');

      // What was looked over can be filtered by.
      await page.locator('body').press('l');
      await page
        .getByRole('button', { name: /^(?:man|photo|person|people|standing) / })
        .first()
        .click();
      await expect.poll(() => shownCount(page)).toBeGreaterThan(0);
      await find(page, '');

      // The model captions some of the others, too, in place of what they came with; that is one step, which takes all of it back.
      const again = [...known.keys()].filter((path) => path.includes('/photo 0')).length;
      await find(page, 'by:file name:"photo 0"');
      await expect.poll(() => shownCount(page)).toBe(again);
      await page.locator('body').press('Control+a');
      const captioningMs = performance.now();
      await page.locator('body').press('r');
      await page.locator('body').press('Escape');
      await page.getByRole('progressbar', { name: 'Queue' }).waitFor({ state: 'detached', timeout: longMs });
      console.info(`${String(again)} captions written in ${String(Math.round((performance.now() - captioningMs) / 1000))} s`);
      await find(page, 'by:model');
      await expect.poll(() => shownCount(page)).toBe(bare + again);
      await find(page, 'state:failed');
      await page.getByText('No picture matches.').waitFor();
      await page.locator('body').press('Control+z');
      await find(page, 'by:file');
      await expect.poll(() => shownCount(page)).toBe(known.size);
      await find(page, '');

      const out = await exportZip(page);
      const texts = await textsOf(out);
      expect(out.filter(({ path }) => path.endsWith('.jpg'))).toHaveLength(photos.length);
      expect(texts.size).toBe(photos.length);
      for (const [path, text] of known) expect(texts.get(path)).toBe(text);
      const picture = out.find(({ path }) => path === 'set/train/photo 000.jpg');
      expect(Buffer.compare((await picture?.read()) ?? new Uint8Array(), photos[0]?.bytes ?? new Uint8Array())).toBe(0);

      // The export is a data set as it was.
      await studio.context.close();
      studio = await built.open();
      await chooseWasm(studio.page);
      await dropFiles(studio.page, [join(folder, 'out.zip')]);
      await studio.page.getByText('All had captions.').waitFor({ timeout: 120_000 });
      await expect.poll(() => shownCount(studio.page)).toBe(photos.length);
      expect(await textsOf(await exportZip(studio.page))).toEqual(texts);
      expect(studio.complaints).toEqual([]);
      expect(studio.foreign).toEqual([]);
    },
  );
});
