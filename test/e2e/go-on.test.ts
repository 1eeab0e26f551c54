/** @file Training in the built page that goes on from a style: its method stands, a contradiction cannot be chosen, and another base is refused. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { zipFiles } from '../../src/engine/adapter/zip.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { barriersIn } from '../helpers/screen-faults.ts';
import { dropFiles, enterRoom, patienceMs, type StudioPage } from '../helpers/studio-page.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { firstStep, takeSamples } from '../helpers/train-room.ts';

const edge = join(import.meta.dirname, '../fixtures/reference/adapters-edge');
const folder = useFolder('go-on');
const title = 'Few words';
const built = useBuiltStudio();
let studio: StudioPage;

beforeAll(async () => {
  studio = await built.openForAll({ viewport: { width: 1440, height: 900 } });
});

async function openMenu(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `More about ${name}` }).click();
}

describe('going on from a style', () => {
  it('opens the Train room with method and sizes set, and with a way to begin anew', async () => {
    const { page } = studio;
    await enterRoom(page, 'Train');
    await page.getByRole('button', { name: 'Use wasm' }).click();
    await enterRoom(page, 'Styles');
    await page.getByRole('button', { name: `Take ${title}` }).click();
    await page.getByRole('button', { name: `Look inside ${title}` }).waitFor({ timeout: patienceMs });
    await openMenu(page, title);
    await page.getByRole('menuitem', { name: 'Go on from here' }).click();
    await page.getByText(`Starts from ${title}`).waitFor({ timeout: patienceMs });
    await page.getByText('LoRA, rank 4, q_proj, k_proj, v_proj and o_proj of 6 layers, alpha 8').waitFor();
    await page.getByRole('radiogroup', { name: 'Method' }).waitFor({ state: 'detached' });
    await page.getByRole('spinbutton', { name: 'Rank' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('textbox', { name: 'Name of the style' }).inputValue()).toBe(title);
    expect(await barriersIn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await page.getByRole('radiogroup', { name: 'Method' }).waitFor();
    await expect.poll(() => page.getByRole('spinbutton', { name: 'Rank' }).inputValue()).toBe('8');
  });

  it('learns on, over a reload, into a new style whose card says what it went on from', async () => {
    const { page } = studio;
    await enterRoom(page, 'Styles');
    await openMenu(page, title);
    await page.getByRole('menuitem', { name: 'Go on from here' }).click();
    await page.getByText(`Starts from ${title}`).waitFor({ timeout: patienceMs });
    await takeSamples(page);
    await page.getByRole('textbox', { name: 'Name of the style' }).fill(title);
    for (const [name, value] of [
      ['Pictures a step', '2'],
      ['Epochs', '2'],
    ] as const) {
      await page.getByRole('spinbutton', { name }).fill(value);
      await page.getByRole('spinbutton', { name }).blur();
    }
    await page.getByText(`Starts from ${title}`).waitFor();
    const paused = await inTheMoment(page, firstStep, { press: 'Pause' });
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(`starts from ${title}`).waitFor();
    await paused();
    await page.getByText('Paused: you can caption meanwhile').waitFor({ timeout: patienceMs });
    await page.reload();
    await page.getByText('Not finished yet').waitFor({ timeout: patienceMs });
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Train another' }).waitFor({ timeout: patienceMs });
    await enterRoom(page, 'Styles');
    await page.getByRole('heading', { name: `${title} 2`, exact: true }).waitFor();
    const card = page.locator('main.styles > ul li').filter({ hasText: `${title} 2` });
    await expect.poll(() => card.innerText()).toContain('LoRA, rank 4');
  }, 400_000);

  it('is refused for a style of another base, with the reason', async () => {
    const { page } = studio;
    const files = new Map(readdirSync(join(edge, 'wrong-model')).map((name) => [name, readFileSync(join(edge, 'wrong-model', name))]));
    const zip = join(folder, 'stranger.zip');
    writeFileSync(zip, Buffer.concat(await zipFiles(files)));
    await dropFiles(page, [zip]);
    await page.getByRole('heading', { name: 'stranger' }).waitFor({ timeout: patienceMs });
    await openMenu(page, 'stranger');
    const item = page.getByRole('menuitem', { name: 'Go on from here' });
    await expect.poll(() => item.getAttribute('aria-disabled')).toBe('true');
    await expect.poll(() => item.innerText()).toContain('it was made for another');
    await item.click({ force: true });
    expect(new URL(page.url()).hash).toContain('styles');
    expect(studio.foreign).toEqual([]);
    expect(studio.complaints).toEqual([]);
  });
});
