/** @file The Evaluate room of the built page: real drops of every format, systems that it captions itself, a download that is stopped, a run that is repeated. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { barriersIn } from '../helpers/screen-faults.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { patienceMs } from '../helpers/studio-page.ts';

const samples = join(import.meta.dirname, '../../public/samples');
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sample-captions.json'), 'utf8')) as Record<string, string>;
const names = Object.keys(golden);
const references = Object.fromEntries(
  names.map((name, i) => [name, [`a cat number ${String(i)} on a table`, `a photo of thing ${String(i)}`]]),
);
const folder = useFolder('evaluate-captioned');
const annotations = names.flatMap((name, i) => (references[name] ?? []).map((caption) => ({ image_id: i + 1, caption })));
const images = names.map((file_name, i) => ({ id: i + 1, file_name }));

const texts: Readonly<Record<string, string>> = {
  'by-file.json': JSON.stringify(references),
  'coco-captions.json': JSON.stringify({ images, annotations }),
  'coco-results.json': JSON.stringify(names.map((name, i) => ({ image_id: i + 1, caption: golden[name] }))),
  'metadata.jsonl': names.map((name) => JSON.stringify({ file_name: name, captions: references[name] })).join('\n'),
  'Flickr8k.token.txt': names.flatMap((name) => (references[name] ?? []).map((text, i) => `${name}#${String(i)}\t${text}`)).join('\n'),
  'captions.csv': `file,caption\n${names.map((name) => `${name},"${golden[name] ?? ''}"`).join('\n')}\n`,
  'captions.jsonl': names.map((name) => JSON.stringify({ file: name, caption: golden[name] })).join('\n'),
  'instances.json': JSON.stringify({ images, categories: [{ id: 1, name: 'cat' }], annotations: [{ image_id: 1, category_id: 1 }] }),
  'odd.json': '{"a.jpg": 7}',
};

const built = useBuiltStudio();
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  const tar = pack();
  for (const name of names) tar.entry({ name: `photos/${name}` }, readFileSync(join(samples, name)));
  tar.finalize();
  writeFileSync(join(folder, 'photos.tar'), await buffer(tar));
  mkdirSync(join(folder, 'photos'));
  for (const name of names) writeFileSync(join(folder, 'photos', name), readFileSync(join(samples, name)));
});

beforeEach(async () => {
  // What a service worker fetches no test can hold back.
  context = await built.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  context.setDefaultTimeout(patienceMs);
  page = await context.newPage();
  await page.goto(`${built.url}#/evaluate`);
  await page.getByRole('heading', { name: 'Which captions are better?' }).waitFor();
});

afterEach(() => context.close());

/** Drops files as a hand does: the browser itself reads them. */
async function drop(...files: readonly string[]): Promise<void> {
  const session = await context.newCDPSession(page);
  const data = { items: [], files: files.map((name) => join(folder, name)), dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 800, y: 300, data });
  await session.detach();
}

const row = (name: string): ReturnType<Page['getByRole']> => page.getByRole('row', { name: new RegExp(`^${name}`, 'u') });

async function addPlan(...others: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'Model and prompt' }).click();
  const wasm = page.getByRole('dialog').getByRole('button', { name: 'Use wasm' });
  const add = page.getByRole('button', { name: /^Add (the system|\d+ systems)$/u });
  await wasm.or(add).waitFor();
  if (await wasm.isVisible()) await wasm.click();
  for (const other of others) await page.getByRole('checkbox', { name: other }).check();
  await add.click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

describe('what is dropped into the Evaluate room', () => {
  it.each([
    ['coco-captions.json', 'coco-results.json'],
    ['metadata.jsonl', 'captions.csv'],
    ['Flickr8k.token.txt', 'captions.jsonl'],
    ['by-file.json', 'captions.jsonl'],
  ])('takes %s for references and %s for a system, and scores them the same', async (refs, captions) => {
    await drop(refs, captions);
    await page.getByRole('textbox', { name: `Name of ${refs}` }).waitFor();
    await page.getByRole('textbox', { name: `Name of ${captions}` }).waitFor();
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await row('ROUGE_L').waitFor();
    expect(await row('ROUGE_L').getByRole('button').textContent()).toBe('0.4110');
  });

  it('takes COCO’s instances for CHAIR, and names a file that it cannot read', async () => {
    await drop('instances.json', 'odd.json');
    await page.getByText('instances.json: objects of 5 pictures, for CHAIR').waitFor();
    await page.getByText('odd.json could not be taken').waitFor();
  });
});

describe('systems that the room captions', () => {
  it.each([['photos.tar'], ['photos']])(
    'captions the pictures of %s by two prompts, stops, goes on after a reload, and scores',
    async (pictures) => {
      await drop('by-file.json', pictures);
      await page.getByText('5 of 5 pictures with references are here').waitFor();
      await addPlan('Detail');
      expect(await barriersIn(page)).toEqual([]);
      const stopped = await inTheMoment(page, { element: '[role=status]', says: /^Captions: [1-9]\d* of 10/u }, { press: 'Stop' });
      await page.getByRole('button', { name: 'Write 10 captions and score' }).click();
      await stopped();
      const goOn = page.getByRole('button', { name: /^Write \d captions? and score$/u });
      await goOn.waitFor();
      await page.reload();
      await goOn.click();
      await row('CIDEr').waitFor({ timeout: 120_000 });
      await page.getByText('How the captions were made').waitFor();
      await page.getByText(/“Provide a one-sentence caption for the provided image\.” · Decoding: the model’s own · llava-mini/u).waitFor();
      await page.locator('ol img').first().waitFor();
      const texts = async (): Promise<string[]> => (await page.locator('ol .caption').allTextContents()).toSorted();
      await expect.poll(texts).toEqual(Object.values(golden).toSorted());
    },
  );

  it('repeats its run from the run file elsewhere, and says that all scores came out the same', async () => {
    await drop('by-file.json', 'photos.tar', 'captions.jsonl');
    await page.getByText('5 of 5 pictures with references are here').waitFor();
    await addPlan();
    await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
    await row('CIDEr').waitFor({ timeout: 120_000 });
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Run file, to repeat it' }).click();
    writeFileSync(join(folder, 'evaluation.json'), readFileSync(await (await saved).path()));

    await context.close();
    context = await built.browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(patienceMs);
    page = await context.newPage();
    await page.goto(`${built.url}#/evaluate`);
    await page.getByRole('heading', { name: 'Which captions are better?' }).waitFor();
    await drop('evaluation.json');
    await page.getByText('Still needed; drop or choose:').waitFor();
    await drop('captions.jsonl', 'by-file.json', 'photos.tar');
    await page.getByText('5 of 5 pictures with references are here').waitFor();
    await page.getByRole('button', { name: 'Use wasm' }).click();
    await page.getByRole('button', { name: 'Write 5 captions and score' }).click();
    await page.getByText(/^All \d+ scores came out the same\.$/u).waitFor({ timeout: 120_000 });
  });
});

describe('METEOR’s data', () => {
  it('tells its size before, its progress by bytes, stops, and is fetched whole the next time', async () => {
    await drop('by-file.json', 'captions.jsonl');
    await page.getByRole('textbox', { name: 'Name of captions.jsonl' }).waitFor();
    await page.getByText('fetches 20.2 MB once').waitFor();
    await page.getByRole('checkbox', { name: 'METEOR' }).check();
    let isHeld = true;
    await context.route('**/metrics/meteor/paraphrases.dat', async (route) => {
      while (isHeld) await new Promise((resolve) => setTimeout(resolve, 50));
      await route.continue().catch(() => undefined); // it was stopped
    });
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await page.getByText(/^Fetching METEOR’s data/u).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Score', exact: true }).waitFor();
    isHeld = false;
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await row('METEOR').waitFor();
    await expect.poll(() => row('METEOR').getByRole('button').count()).toBe(1);
  });
});
