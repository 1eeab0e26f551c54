/** @file The browser that tests run in: where it is, and the switches that it is started with. */
import { chromium, type Browser } from 'playwright-core';
import { StudioError } from '../../src/core/error.ts';
import { findChromium } from '../../scripts/find-chromium.mjs';
import { webgpuSwitches } from '../../scripts/webgpu-switches.mjs';

/** Returns the path of an installed Chromium-based browser; CHROME_PATH wins. */
export function chromiumPath(): string {
  const path = findChromium();
  if (path === undefined) {
    throw new StudioError(
      'file-missing',
      'chromium: no Chromium-based browser found; install Chrome or Chromium, or set CHROME_PATH to its program',
    );
  }
  return path;
}

/** Returns the switches for headless tests: a WebGPU adapter, in software unless WEBGPU=own, and nothing that calls home. */
export function chromiumArgs(): string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    ...(isRoot ? ['--no-sandbox'] : []), // the sandbox refuses to start as root
    ...webgpuSwitches(),
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage', // containers give /dev/shm 64 MB; a model needs more
  ];
}

/** Starts a headless browser for an end-to-end test; the caller closes it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs() });
}
