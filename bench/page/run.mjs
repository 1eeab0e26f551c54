/**
 * @file `node bench/page/run.mjs [wasm|webgpu]…`: opens the built page in Chromium and measures it from open to captions, cold and warm: times,
 * speed and the most memory that was taken. Both backends by default.
 */
import { chooseBackend, describeMachine, openBrowser, readPeakMemory, withPage } from './browser.mjs';

const named = process.argv.slice(2);
const backends = named.length > 0 ? named : ['wasm', 'webgpu'];

/**
 * Opens the page afresh in the same profile, captions the samples and gives the figures.
 * @param {{ url: string, profile: string }} place
 * @param {string} backend
 */
async function visit({ url, profile }, backend) {
  const context = await openBrowser(profile);
  const page = await context.newPage();
  const visitMs = performance.now();
  await page.goto(url);
  const samples = page.getByRole('button', { name: 'Try these five pictures' });
  await samples.waitFor();
  const openedMs = performance.now() - visitMs;
  await chooseBackend(page, backend); // a question that visitors with a GPU are not asked
  const startMs = performance.now() - openedMs;
  await samples.click();
  const captioned = (/** @type {number} */ count) =>
    page.waitForFunction((least) => document.querySelectorAll('.card[data-state="done"]').length >= least, count, { timeout: 600_000 });
  await captioned(1);
  const firstMs = performance.now() - startMs;
  await captioned(5);
  const allMs = performance.now() - startMs;
  const footer = await page.innerText('footer');
  const speed = /[\d.]+ tok\/s/.exec(footer)?.[0];
  const memory = readPeakMemory(profile);
  // The next visit begins without pictures but with the files and the choice that the browser kept.
  // It holds its database open, so that another page of the same address deletes it once this one is gone.
  const other = await context.newPage();
  await other.goto(new URL('icon.svg', url).href);
  await page.close();
  await other.evaluate(async () => {
    for (const { name } of await indexedDB.databases())
      await new Promise((resolve) => (indexedDB.deleteDatabase(name ?? '').onsuccess = resolve));
  });
  await context.close();
  return {
    runsOn: /WebGPU|wasm/.exec(footer)?.[0],
    firstCaptionMs: Math.round(firstMs),
    fiveCaptionsMs: Math.round(allMs),
    speed,
    ...memory,
  };
}

/**
 * Opens the page without a model, for how much of the memory is the browser's own.
 * @param {{ url: string, profile: string }} place
 */
async function visitEmpty({ url, profile }) {
  const context = await openBrowser(profile);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('button', { name: 'Try these five pictures' }).waitFor();
  await page.waitForTimeout(1000);
  const memory = readPeakMemory(profile);
  await context.close();
  return memory;
}

console.log(describeMachine());
console.log('no model', await withPage(visitEmpty));
for (const backend of backends) {
  await withPage(async (place) => {
    console.log(backend, 'first visit', await visit(place, backend));
    console.log(backend, 'later visit', await visit(place, backend));
  });
}
