/** @file The built page on a port of its own and a Chromium that keeps its profile, for measuring what a visitor sees. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { preview } from 'vite';
import { findChromium } from '../../scripts/find-chromium.mjs';
import { ensurePage } from '../../scripts/page.mjs';
import { root } from '../../scripts/process.mjs';
import { webgpuSwitches } from '../../scripts/webgpu-switches.mjs';

/**
 * Serves the built page and gives what is needed to visit it.
 * @template T
 * @param {(place: { url: string, profile: string }) => Promise<T>} work
 */
export async function withPage(work) {
  await ensurePage();
  const server = await preview({ root, logLevel: 'error', preview: { port: 4399, open: false } });
  const profile = await mkdtemp(join(tmpdir(), 'caption-studio-bench-'));
  try {
    return await work({ url: server.resolvedUrls?.local[0] ?? '', profile });
  } finally {
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/**
 * Starts Chromium, with a GPU in software unless WEBGPU=own asks for the machine's.
 * @param {string} profile the folder that keeps what the browser keeps
 */
export function openBrowser(profile) {
  const executablePath = findChromium();
  const isRoot = process.getuid?.() === 0;
  return chromium.launchPersistentContext(profile, {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      ...webgpuSwitches(),
      '--disable-background-networking',
      '--disable-dev-shm-usage',
      '--enable-precise-memory-info',
    ],
    viewport: { width: 1440, height: 900 },
  });
}

/**
 * Chooses WebGPU where the page asks, which it does where the GPU is software; for wasm the samples choose by themselves.
 * @param {import('playwright-core').Page} page
 * @param {string} backend
 */
export async function chooseBackend(page, backend) {
  if (backend !== 'webgpu') return;
  const button = page.getByRole('button', { name: 'Use WebGPU anyway' });
  await button.click({ timeout: 3000 }).catch(() => undefined);
}

/**
 * Reads how much memory the browser's processes took at most, from the system's own count; null where the system keeps none.
 * @param {string} profile the profile that the browser was started with
 * @returns {{ pageMegabytes: number, gpuMegabytes: number } | null} the process of the page with its workers, and the one that draws and computes
 */
export function readPeakMemory(profile) {
  if (!existsSync('/proc/self/status')) return null;
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
        const status = readFileSync(`/proc/${id}/status`, 'utf8');
        const number = (/** @type {string} */ field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
        return [{ id: Number(id), parent: number('PPid'), command, peak: number('VmHWM') * 1024 }];
      } catch {
        return []; // it ended while it was looked at
      }
    });
  const ours = new Set(processes.filter(({ command }) => command.includes(profile)).map(({ id }) => id));
  for (let grew = true; grew; ) {
    const before = ours.size;
    for (const { id, parent } of processes) if (ours.has(parent)) ours.add(id);
    grew = ours.size > before;
  }
  const largest = (/** @type {string} */ type) =>
    Math.round(
      Math.max(0, ...processes.filter(({ id, command }) => ours.has(id) && command.includes(`--type=${type}`)).map(({ peak }) => peak)) /
        1e6,
    );
  return { pageMegabytes: largest('renderer'), gpuMegabytes: largest('gpu-process') };
}

/** Says on what the measurement runs and how busy that is. */
export function describeMachine() {
  return `${cpus().length} × ${cpus()[0]?.model ?? '?'}, load ${(loadavg()[0] ?? 0).toFixed(1)} before`;
}
