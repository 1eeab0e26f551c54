/**
 * @file `[WEBGPU=own] node bench/caption/page.mjs [webgpu|wasm]…`: captions the samples in Chromium in batches of several sizes, for how many
 * pictures side by side pay. Both backends by default; on a GPU in software batches of eight take minutes.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from '../../scripts/process.mjs';
import { describeMachine, openBrowser } from '../page/browser.mjs';

const port = 4394;
const samples = readdirSync(join(root, 'public/samples')).filter((name) => /\.(jpe?g|png)$/i.test(name));
const isSoftware = process.env['WEBGPU'] !== 'own';
/** What is asked for of each backend. */
const places = {
  webgpu: isSoftware ? { batches: [1, 4, 8], repeats: 1 } : { batches: [1, 2, 4, 8, 16, 32, 64], repeats: 20 },
  wasm: { batches: [1, 2, 4, 8, 16], repeats: 5 },
};

const named = process.argv.slice(2);
console.log(describeMachine());
const profile = await mkdtemp(join(tmpdir(), 'caption-studio-bench-'));
const server = await createServer({ root, logLevel: 'error', server: { port, watch: null, hmr: false } });
try {
  await server.listen();
  for (const [backend, { batches, repeats }] of Object.entries(places)) {
    if (named.length > 0 && !named.includes(backend)) continue;
    const browser = await openBrowser(profile);
    const tab = await browser.newPage();
    tab.on('pageerror', (error) => console.error(error.message));
    const query = new URLSearchParams({ backend, batches: batches.join(','), repeats: String(repeats), samples: samples.join(',') });
    await tab.goto(`http://localhost:${String(port)}/bench/caption/page.html?${String(query)}`);
    await tab.waitForFunction(() => /** @type {any} */ (window).isDone === true, undefined, { timeout: 900_000 });
    console.log(`\n${backend}\n| side by side | pictures a minute | looking, ms | reading, ms | tokens a second |\n|---|---|---|---|---|`);
    const rows = await tab.evaluate(() => /** @type {any} */ (window).rows);
    for (const { batchSize, perMinute, visionMs, prefillMs, tokensPerSecond } of rows)
      console.log(`| ${batchSize} | ${perMinute} | ${visionMs.toFixed(1)} | ${prefillMs.toFixed(1)} | ${Math.round(tokensPerSecond)} |`);
    for (const caption of rows[0].captions) console.log(caption);
    const alike = rows.every((/** @type {any} */ row) => row.captions.join('\n') === rows[0].captions.join('\n'));
    console.log(alike ? 'every size wrote the same' : 'sizes differ in what they wrote');
    await browser.close();
  }
} finally {
  await server.close();
  await rm(profile, { recursive: true, force: true });
}
