/** @file What the Train room learns from: each form of pictures with captions, dropped on the built page. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, dropFiles, enterRoom, patienceMs, type StudioPage } from '../helpers/studio-page.ts';

const names = ['chelsea', 'coffee', 'rocket'].map((name) => `${name}.jpg`);
const captionOf = (name: string): string => `My own words for ${name.replace('.jpg', '')}.`;
const photoOf = (name: string): string => join(builtPage, `samples/skimage_${name}`);

const built = useBuiltStudio();
const folder = useFolder('train');
let studio: StudioPage;

/** Writes the three photos into a folder with whatever tells their captions. */
function writePhotos(form: string, others: Readonly<Record<string, string>>): readonly string[] {
  const place = join(folder, form);
  mkdirSync(place);
  for (const name of names) copyFileSync(photoOf(name), join(place, name));
  for (const [name, text] of Object.entries(others)) writeFileSync(join(place, name), text);
  return [place];
}

async function writeTar(captions: string): Promise<readonly string[]> {
  const tar = pack();
  for (const name of names) tar.entry({ name }, readFileSync(photoOf(name)));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk);
  const [archive, file] = [join(folder, 'photos.tar'), join(folder, 'photos.json')];
  writeFileSync(archive, Buffer.concat(chunks));
  writeFileSync(file, captions);
  return [archive, file];
}

const byFile = (text: (name: string) => unknown): string => JSON.stringify(Object.fromEntries(names.map((name) => [name, text(name)])));

const coco = JSON.stringify({
  images: names.map((file_name, id) => ({ id, file_name })),
  annotations: names.map((name, id) => ({ id, image_id: id, caption: captionOf(name) })),
});

const forms: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
  'text files beside the pictures': () =>
    writePhotos('sidecars', Object.fromEntries(names.map((name) => [name.replace('.jpg', '.txt'), captionOf(name)]))),
  'metadata.jsonl': () =>
    writePhotos('lines', {
      'metadata.jsonl': names.map((name) => JSON.stringify({ file_name: name, text: captionOf(name) })).join('\n'),
    }),
  'metadata.csv': () =>
    writePhotos('table', { 'metadata.csv': ['file_name,text', ...names.map((name) => `${name},${captionOf(name)}`)].join('\n') }),
  'COCO captions': () => writePhotos('coco', { 'captions.json': coco }),
  'kohya’s metadata': () => writePhotos('kohya', { 'meta_cap.json': byFile((name) => ({ caption: captionOf(name) })) }),
  'a tar and captions by file': () => writeTar(byFile((name) => [captionOf(name)])),
};

describe('the Train room', () => {
  it.each(Object.entries(forms))('takes %s', async (_, write) => {
    studio = await built.open();
    const { page } = studio;
    await enterRoom(page, 'Train');
    await page.getByRole('button', { name: 'Try with five samples' }).waitFor();
    await dropFiles(page, await write());
    await page.getByText('3 pictures, 3 captions').waitFor();
    const shown = async (): Promise<string[]> => (await page.locator('li .caption').allInnerTexts()).toSorted();
    await expect.poll(shown).toEqual(names.map(captionOf).toSorted());
    expect(studio.complaints).toEqual([]);
  });

  it('keeps a name that is typed while the samples are still on their way', async () => {
    // What a service worker fetches no test can hold back.
    const { page } = await built.open({ serviceWorkers: 'block' });
    await enterRoom(page, 'Train');
    const held: Route[] = [];
    await page.route('**/samples/*.jpg', (route) => {
      held.push(route);
    });
    await page.getByRole('button', { name: 'Try with five samples' }).click();
    const name = page.getByRole('textbox', { name: 'Name of the style' });
    await name.fill('Typed meanwhile');
    await expect.poll(() => held.length, { timeout: patienceMs }).toBe(5);
    for (const route of held) await route.continue();
    await page.getByText('TABBY CAT STARES DOWN PHOTOGRAPHER').waitFor({ timeout: patienceMs });
    await page.getByText('5 pictures, 10 captions').waitFor();
    expect(await name.inputValue()).toBe('Typed meanwhile');
  });
});
