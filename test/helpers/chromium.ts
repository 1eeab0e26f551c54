/** @file The browser that tests run in: where it is, and the switches that give it a WebGPU adapter without a GPU. */
import { chromium, type Browser } from 'playwright-core';
import { StudioError } from '../../src/core/error.ts';
import { findChromium } from '../../scripts/find-chromium.mjs';

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

/** Returns the switches for headless tests: a software WebGPU adapter, and nothing that calls home. */
export function chromiumArgs(): string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    ...(isRoot ? ['--no-sandbox'] : []), // the sandbox refuses to start as root
    '--enable-unsafe-webgpu', // a software adapter counts as unsafe
    '--use-webgpu-adapter=swiftshader',
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
