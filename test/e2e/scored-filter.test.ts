/** @file Scores and counts of a gallery's captions in the built page: scored against references, filtered by, gone stale; tokens of a tokenizer.json that is dropped. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, readCards, type StudioPage, waitUntilWritten } from '../helpers/studio-page.ts';

const captions = { chelsea: 'A cat looks at the camera.', coffee: 'A man is playing tennis.', rocket: 'A rocket stands on its pad.' };
const names = Object.keys(captions).map((name) => `skimage_${name}.jpg`);
const pictures = names.map((name) => join(builtPage, 'samples', name));
const references = {
  'skimage_chelsea.jpg': ['A cat looks at the camera.', 'a close look at a cat'],
  'skimage_coffee.jpg': ['a cup of coffee on a saucer', 'espresso in a red cup'],
  'skimage_rocket.jpg': ['A rocket stands on its pad.', 'a rocket before its launch'],
};
/** Counts letters, and a blank before each word; enough of a tokenizer to count with. */
const letters = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: null,
  decoder: null,
  model: { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ...Array.from('▁abcdefghijklmnopqrstuvwxyzAR.', (sign) => [sign, -5])] },
};

const built = useBuiltStudio();
const folder = useFolder('scored');
let studio: StudioPage;
let page: Page;

beforeAll(() => {
  writeFileSync(join(folder, 'references.json'), JSON.stringify(references));
  writeFileSync(join(folder, 'letters.json'), JSON.stringify(letters));
  writeFileSync(join(folder, 'odd.json'), '{"a": 1}');
  for (const [name, text] of Object.entries(captions)) writeFileSync(join(folder, `skimage_${name}.txt`), text);
});

beforeEach(async () => {
  // What a service worker fetches no test can hold back.
  studio = await built.open({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  ({ page } = studio);
  page.setDefaultTimeout(patienceMs);
  await chooseWasm(page);
  await dropFiles(page, [...pictures, ...Object.keys(captions).map((name) => join(folder, `skimage_${name}.txt`))]);
  await page.getByText('All had captions.').waitFor();
});

async function find(words: string): Promise<void> {
  await page.locator('#find').fill(words);
  await page.locator('#find').press('Enter');
  await page.locator('#find').blur();
}

const shown = async (): Promise<readonly string[]> => (await readCards(page)).map(({ name }) => name).toSorted();

describe('scores of the gallery', () => {
  it('filter and sort what the Evaluate room scored, go with an edit, and come back with its undoing and a reload', async () => {
    await page.getByRole('link', { name: 'Evaluate' }).click();
    await page.getByRole('heading', { name: 'Which captions are better?' }).waitFor();
    await dropFiles(page, [join(folder, 'references.json')]);
    await page.getByRole('button', { name: 'Gallery, 3 captions' }).click();
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await page.getByRole('row', { name: /^CIDEr/u }).waitFor();
    await page.getByRole('link', { name: 'Caption' }).click();

    await find('score:cider<1');
    await expect.poll(shown).toEqual(['skimage_coffee.jpg']);
    expect(await page.locator('.card .score').textContent()).toMatch(/^CIDEr 0\.\d{4}$/u);
    await page.getByText('1 of 3 pictures', { exact: true }).waitFor();
    await find('score:cider>1');
    await expect.poll(shown).toEqual(['skimage_chelsea.jpg', 'skimage_rocket.jpg']);
    const orders = await page.getByLabel('Order').getByRole('option').allTextContents();
    expect(orders).toContain('Worst CIDEr first');
    expect(orders).not.toContain('Worst words first');

    await page.locator('.card').first().hover();
    await page.locator('.card').first().getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Caption of skimage_chelsea.jpg' }).fill('Something else.');
    await page.keyboard.press('Enter');
    await expect.poll(shown).toEqual(['skimage_rocket.jpg']);
    await page.keyboard.press('Control+z');
    await expect.poll(shown).toEqual(['skimage_chelsea.jpg', 'skimage_rocket.jpg']);
    await waitUntilWritten(page);
    await page.reload();
    await page.locator('.card').first().waitFor();
    await find('score:cider>1');
    await expect.poll(shown).toEqual(['skimage_chelsea.jpg', 'skimage_rocket.jpg']);
    expect(studio.complaints).toEqual([]);
  });
});

describe('a tokenizer that is dropped', () => {
  it('counts wherever it falls while its window is open, and one that is none is refused in that window', async () => {
    await page.getByRole('button', { name: 'Open skimage_rocket.jpg' }).click();
    await page.getByText(/^6 words, \d+ of 77/u).waitFor();
    await page.getByRole('button', { name: 'CLIP tokens' }).click();
    await dropFiles(page, [join(folder, 'odd.json')]);
    await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'odd: is no tokenizer.json that can be used' }).waitFor();
    // Beside the window, too: the drop falls on the picture behind it.
    await dropFiles(page, [join(folder, 'letters.json')]);
    const limit = page.getByLabel('Tokens it reads');
    await limit.fill('12');
    await limit.blur();
    expect(await page.getByText('Drop to count with').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByText(/^6 words, 28 of 12/u).waitFor();
    await page.getByText('the end is cut').waitFor();
    // The model that captions counts, too, once it is open.
    await page.getByRole('button', { name: 'letters tokens' }).click();
    await page.getByRole('radio', { name: /^The model’s own/u }).click();
    await page.getByText(/The model that is open; it has room for/u).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'llava-mini tokens' }).waitFor();
    await page.getByText(/^6 words, \d+ of 512/u).waitFor();
  });

  it('is taken by its window where it falls before that is there, and goes with a window that is closed before', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/TokensDialog-*.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Open skimage_rocket.jpg' }).click();
    await page.getByRole('button', { name: 'CLIP tokens' }).click();
    await dropFiles(page, [join(folder, 'odd.json')]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'CLIP tokens' }).click();
    await dropFiles(page, [join(folder, 'letters.json')]);
    expect(await page.getByRole('dialog').count()).toBe(0);
    release();
    await page.getByLabel('Tokens it reads').waitFor();
    expect(await page.getByRole('dialog').getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByText(/^6 words, 28 of 256/u).waitFor();
    expect(await page.getByText('odd.json').count()).toBe(0);
    expect(studio.complaints).toEqual([]);
  });
});
