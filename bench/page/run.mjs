/** @file `node bench/page/run.mjs [wasm|webgpu]`: opens the built page in Chromium and times it from open to captions, cold and warm. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/find-chromium.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const backend = process.argv[2] ?? 'wasm';
const port = 4399;
const server = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'preview', '--port', String(port), '--strictPort'], {
  cwd: root,
  stdio: 'ignore',
});
const profile = await mkdtemp(join(tmpdir(), 'caption-studio-bench-'));
const browser = findChromium();
const isRoot = process.getuid?.() === 0;

/** Opens the page afresh in the same profile, captions the samples and gives the times. */
async function visit() {
  const context = await chromium.launchPersistentContext(profile, {
    ...(browser === undefined ? {} : { executablePath: browser }),
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--disable-background-networking',
      '--disable-dev-shm-usage',
    ],
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  const startMs = performance.now();
  await page.goto(`http://localhost:${port}/`);
  if (backend === 'webgpu')
    await page
      .getByRole('button', { name: /Use WebGPU anyway/ })
      .click({ timeout: 5000 })
      .catch(() => undefined);
  await page
    .getByRole('button', { name: /try these|samples/i })
    .first()
    .click();
  await page.getByText('A cat sits on a table').first().waitFor({ timeout: 300_000 });
  const firstMs = performance.now() - startMs;
  await page.getByText('A man is sitting on a couch').first().waitFor({ timeout: 300_000 });
  const allMs = performance.now() - startMs;
  const status = (await page.innerText('body')).match(/[\d.]+ tok\/s/)?.[0];
  // The next visit begins without pictures but with the files that the browser kept.
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name ?? '');
  });
  await context.close();
  return { firstCaptionMs: Math.round(firstMs), fiveCaptionsMs: Math.round(allMs), tokens: status };
}

try {
  for (let tries = 0; tries < 60; tries++) {
    const isUp = await fetch(`http://localhost:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log(backend, 'first visit', await visit());
  console.log(backend, 'later visit', await visit());
} finally {
  server.kill();
  await rm(profile, { recursive: true, force: true });
}
