/**
 * @file `[WEBGPU=own] node bench/train/page.mjs [wasm|tiny|webgpu]…`: ms of a training step of each method in Chromium: the embedded model in wasm on the batch
 * of `run.mjs`, a tiny model with one picture on WebGPU, and the embedded model on WebGPU, all of them within five minutes. A GPU in software does
 * not come to the end of one step of the last; the machine's own (WEBGPU=own) is measured with every method.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from '../../scripts/process.mjs';
import { describeMachine, openBrowser } from '../page/browser.mjs';

const port = 4395;
const methods = ['prompt', 'prefix', 'lora', 'dora', 'full'];
const tinyFiles = readdirSync(join(root, 'test/fixtures/reference/llava-interleave-qwen2/checkpoint'));
const isOwnGpu = process.env['WEBGPU'] === 'own';
/** Steps that are measured, and how long a backend may take. */
const places = {
  wasm: { query: 'backend=wasm&repeats=5', methods, minutes: 1.5 },
  tiny: { query: `backend=webgpu&repeats=2&pictures=1&model=tiny&files=${tinyFiles.join(',')}`, methods, minutes: 2 },
  webgpu: isOwnGpu
    ? { query: 'backend=webgpu&repeats=20', methods, minutes: 5 }
    : { query: 'backend=webgpu&repeats=1', methods: ['prompt'], minutes: 1 },
};

const named = process.argv.slice(2);
console.log(describeMachine());
const profile = await mkdtemp(join(tmpdir(), 'caption-studio-bench-'));
const server = await createServer({ root, logLevel: 'error', server: { port, watch: null, hmr: false } });
await server.listen();
try {
  for (const [place, asked] of Object.entries(places)) {
    if (named.length > 0 && !named.includes(place)) continue;
    console.log(`\n${place}\n| method | ms a step | best | until the first step is done, ms | positions |\n|---|---|---|---|---|`);
    const browser = await openBrowser(profile);
    const tab = await browser.newPage();
    tab.on('pageerror', (error) => console.error(error.message));
    await tab.goto(`http://localhost:${String(port)}/bench/train/page.html?${asked.query}&methods=${asked.methods.join(',')}`);
    const isDone = await tab
      .waitForFunction(() => /** @type {any} */ (window).isDone === true, undefined, { timeout: asked.minutes * 60_000 })
      .then(
        () => true,
        () => false,
      );
    for (const { method, medianMs, bestMs, openMs, positions } of await tab.evaluate(() => /** @type {any} */ (window).rows ?? []))
      console.log(`| ${method} | ${Math.round(medianMs)} | ${Math.round(bestMs)} | ${Math.round(openMs)} | ${positions} |`);
    if (!isDone) console.log(`not done within ${String(asked.minutes)} minutes`);
    await browser.close();
  }
} finally {
  await server.close();
  await rm(profile, { recursive: true, force: true });
}
