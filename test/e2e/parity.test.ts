/** @file The page writes what the command line writes: the same pictures through the same engine, in the browser and in Node. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { presets } from '../../src/app/state/prompt/presets.ts';
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { openNodeModel } from '../../src/cli/open-model.ts';
import { captionPictures } from '../../src/engine/caption/captioner.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, chooseWasm, dropFiles, patienceMs, readCards, waitForCards, waitForRest } from '../helpers/studio-page.ts';

const names = ['astronaut', 'camera', 'chelsea', 'coffee', 'rocket'];
const prompt = presets[0]?.prompt ?? '';
const built = useBuiltStudio('/studio/');
const folder = useFolder('parity');
let files: readonly string[];
let fromNode: Readonly<Record<string, string>>;

beforeAll(async () => {
  // PNG leaves nothing to the decoder: browsers and Node round the last bits of a JPEG differently.
  files = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, `${name}.png`);
      await sharp(join(builtPage, 'samples', `skimage_${name}.jpg`))
        .png()
        .toFile(file);
      return file;
    }),
  );
  writeFileSync(join(folder, 'broken.jpg'), 'no picture');
  fromNode = await captionInNode(files);
});

async function captionInNode(paths: readonly string[]): Promise<Record<string, string>> {
  const model = await openNodeModel(undefined);
  const written: Record<string, string> = {};
  const requests = paths.map((path) => ({ id: nameOf(path), system: '', prompt, load: () => decodePicture(path, readFileSync(path)) }));
  await captionPictures(
    model,
    requests,
    { decoding: model.defaults, batchSize: 1 },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      onDone: (id, { captions }) => {
        written[id] = captions[0]?.text ?? '';
      },
      onFailed: (_, error) => {
        throw error;
      },
      isCancelled: () => false,
    },
  );
  await model.close();
  return written;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function visit(): Promise<Page> {
  const { page } = await built.open();
  return page;
}

async function captionsOf(page: Page): Promise<Record<string, string>> {
  const cards = await readCards(page);
  return Object.fromEntries(cards.filter(({ state }) => state === 'done').map(({ name, text }) => [name, text]));
}

describe('captions of the page in wasm', () => {
  it('are those of the command line, pictures side by side, and a broken file fails by its name with a way to try again', async () => {
    const page = await visit();
    await chooseWasm(page);
    await dropFiles(page, [...files, join(folder, 'broken.jpg')]);
    await waitForCards(page, 'done', files.length);
    await waitForRest(page);
    await expect.poll(() => captionsOf(page)).toEqual(fromNode);
    const failed = page.locator('.card[data-state="failed"]');
    expect(await failed.innerText()).toContain('broken.jpg');
    await failed.getByRole('button', { name: 'Try again' }).click();
    await waitForRest(page);
    await expect.poll(() => captionsOf(page)).toEqual(fromNode);
    const failedNames = async (): Promise<readonly string[]> =>
      (await readCards(page)).filter(({ state }) => state === 'failed').map(({ name }) => name);
    await expect.poll(failedNames).toEqual(['broken.jpg']);
  });

  it('are the same one by one', async () => {
    const page = await visit();
    await chooseWasm(page);
    for (const [index, file] of files.slice(0, 3).entries()) {
      await dropFiles(page, [file]);
      await waitForCards(page, 'done', index + 1);
    }
    await waitForRest(page);
    const [first, second, third] = files.map(nameOf);
    const expected = Object.fromEntries([first, second, third].map((name = '') => [name, fromNode[name]]));
    await expect.poll(() => captionsOf(page)).toEqual(expected);
  });

  it('stay the command line’s on JPEG files, where decoders differ in the last bits', async () => {
    const jpegs = names.map((name) => join(builtPage, 'samples', `skimage_${name}.jpg`));
    const expected = Object.fromEntries(
      Object.entries(await captionInNode(jpegs)).map(([name, text]) => [name.replace('skimage_', ''), text]),
    );
    const page = await visit();
    await page.getByRole('button', { name: 'Use wasm' }).waitFor();
    await page.getByRole('button', { name: 'Try these five pictures' }).click();
    await waitForCards(page, 'done', names.length);
    await expect.poll(() => captionsOf(page)).toEqual(expected);
  });
});

describe('captions of the page on WebGPU, in software', () => {
  it(
    'are those of the command line',
    async () => {
      const page = await visit();
      await page.getByRole('button', { name: 'Use WebGPU anyway' }).click();
      const [file = ''] = files.slice(2);
      await dropFiles(page, [file]);
      await waitForCards(page, 'done', 1);
      expect(await captionsOf(page)).toEqual({ [nameOf(file)]: fromNode[nameOf(file)] });
      await expect.poll(() => page.locator('footer').innerText()).toContain('WebGPU in software');
    },
    2 * patienceMs,
  );
});
