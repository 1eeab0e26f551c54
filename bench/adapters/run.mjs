/**
 * @file `node bench/adapters/run.mjs [node|wasm|webgpu|page]…`: times how long it takes to change styles on the embedded model, in Node, in Chromium,
 * and what a click on a style costs in the page, over to the engine's thread and back. All but WebGPU by default, which is a GPU in software unless WEBGPU=own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from '../../scripts/process.mjs';
import { bundleMeasure } from '../bundle.mjs';
import { openBrowser } from '../page/browser.mjs';

const port = 4397;
const named = process.argv.slice(2);
for (const place of named.length > 0 ? named : ['node', 'wasm', 'page']) {
  if (place === 'node') spawnSync(process.execPath, [await bundleMeasure('bench/adapters/node.ts')], { cwd: root, stdio: 'inherit' });
  else console.log(await measureInBrowser(place === 'page' ? 'backend=wasm&clicks' : `backend=${place}`));
}

/** @param {string} query */
async function measureInBrowser(query) {
  const server = await createServer({ root, logLevel: 'error', server: { port, watch: null, hmr: false } });
  const profile = await mkdtemp(join(tmpdir(), 'caption-studio-bench-'));
  try {
    await server.listen();
    const browser = await openBrowser(profile);
    const tab = await browser.newPage();
    tab.on('pageerror', (error) => console.error(error.message));
    await tab.goto(`http://localhost:${String(port)}/bench/adapters/page.html?${query}`);
    const table = await tab.waitForFunction(() => /** @type {any} */ (window).table, undefined, { timeout: 900_000 });
    const text = await table.jsonValue();
    await browser.close();
    return text;
  } finally {
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
