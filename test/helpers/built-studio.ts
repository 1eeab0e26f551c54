/** @file What the end-to-end tests of a file share: a browser, the built page on a host, and a folder for files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { hostHeaders } from '../../scripts/build/security.ts';
import { present } from '../../src/core/error.ts';
import { launchChromium } from './chromium.ts';
import { startHost, type StaticHost } from './static-host.ts';
import { builtPage, openStudioPage, type StudioPage } from './studio-page.ts';

/** The built studio, from before the first test to after the last. */
export interface BuiltStudio {
  readonly browser: Browser;
  /** Address of the page. */
  readonly url: string;
  /** What the host was asked for. */
  readonly log: StaticHost['log'];
  /** Opens the studio in a fresh profile, which is closed after the test. */
  open(options?: BrowserContextOptions): Promise<StudioPage>;
  /** Opens the studio in a fresh profile that all tests of the file share. */
  openForAll(options?: BrowserContextOptions): Promise<StudioPage>;
}

/** Starts a browser and a host for the tests of a file, and ends both after them. @param base path under which the page lies there */
export function useBuiltStudio(base = '/'): BuiltStudio {
  const started: { browser?: Browser; host?: StaticHost } = {};
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    started.browser = await launchChromium();
    started.host = await startHost({ folder: builtPage, base, headers: hostHeaders });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await started.browser?.close();
    await started.host?.close();
  });
  const studio: BuiltStudio = {
    get browser() {
      return present(started.browser, 'the browser is there from the first hook on');
    },
    get url() {
      return present(started.host, 'the host is there from the first hook on').url;
    },
    get log() {
      return present(started.host, 'the host is there from the first hook on').log;
    },
    open: async (options) => {
      const opened = await studio.openForAll(options);
      contexts.push(opened.context);
      return opened;
    },
    openForAll: (options) => openStudioPage(studio.browser, studio.url, options),
  };
  return studio;
}

/** Makes a folder for the files of a test file, which goes with them. */
export function useFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `studio-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
