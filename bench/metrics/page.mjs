/**
 * @file `node bench/metrics/page.mjs [pictures] [references] [words]`: scores made-up captions in the built page's Evaluate room, in Chromium: how
 * long it takes, how often it tells of progress, and how soon it stops.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleMeasure } from '../bundle.mjs';
import { describeMachine, openBrowser, withPage } from '../page/browser.mjs';

const counts = [process.argv[2] ?? '5000', process.argv[3] ?? '5', process.argv[4] ?? '0'];
const runs = [
  { what: 'BLEU, ROUGE-L and CIDEr', off: ['SPICE', 'CHAIR', 'Style'], on: [] },
  { what: 'the same with CHAIR and style', off: [], on: ['CHAIR', 'Style'] },
  { what: 'everything, METEOR’s data fetched anew', off: [], on: ['METEOR'] },
  { what: 'everything, the data at hand', off: [], on: [] },
];

/** @param {import('playwright-core').Page} page */
async function score(page) {
  const started = performance.now();
  const told = new Set();
  await start(page);
  const stop = page.getByRole('button', { name: 'Stop' });
  await stop.waitFor();
  while (await stop.isVisible()) {
    const [text] = await page.locator('.setup [role=status]').allTextContents();
    told.add(text);
    await page.waitForTimeout(20);
  }
  return { elapsedMs: Math.round(performance.now() - started), told: told.size };
}

/** @param {import('playwright-core').Page} page */
async function start(page) {
  await page
    .locator('.setup')
    .getByRole('button', { name: /^Score( again)?$/ })
    .click();
}

/** @param {import('playwright-core').Page} page */
async function stop(page) {
  await start(page);
  await page.locator('.setup [role=status]', { hasText: 'METEOR' }).first().waitFor({ timeout: 120_000 });
  const started = performance.now();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page
    .getByRole('button', { name: /^Score( again)?$/ })
    .first()
    .waitFor();
  return Math.round(performance.now() - started);
}

const writer = await bundleMeasure('bench/metrics/write-captions.ts');
await withPage(async ({ url, profile }) => {
  spawnSync(process.execPath, [writer, profile, ...counts], { stdio: 'inherit' });
  console.log(`${counts[0]} captions × ${counts[1]} references; ${describeMachine()}`);
  const context = await openBrowser(profile);
  const page = await context.newPage();
  await page.goto(`${url}#/evaluate`);
  for (const [button, file] of /** @type {const} */ ([
    ['Results file', 'captions.jsonl'],
    ['References', 'references.json'],
  ])) {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: button, exact: true }).click();
    await (await chooser).setFiles(join(profile, file));
    await page.getByRole('textbox', { name: `Name of ${file}` }).waitFor();
  }
  for (const { what, off, on } of runs) {
    for (const name of off) await page.getByRole('checkbox', { name, exact: true }).uncheck();
    for (const name of on) await page.locator('fieldset').getByRole('checkbox', { name }).check();
    const { elapsedMs, told } = await score(page);
    console.log(`${what.padEnd(46)}${String(elapsedMs).padStart(7)} ms, progress told ${told} times`);
  }
  console.log(`${'from Stop to stopped'.padEnd(46)}${String(await stop(page)).padStart(7)} ms`);
  await context.close();
});
