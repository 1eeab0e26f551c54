/** @file The built page on hosts of all kinds: sub-paths, with and without headers, without a network, with a new release. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { headerPolicy, hostHeaders } from '../../scripts/build/security.ts';
import { launchChromium } from '../helpers/chromium.ts';
import { startHost, type HostOptions, type StaticHost } from '../helpers/static-host.ts';
import { patienceMs } from '../helpers/studio-page.ts';

const folder = join(import.meta.dirname, '../../dist');
const open: { close(): Promise<void> }[] = [];
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

afterAll(() => browser.close());

async function serve(options: Omit<HostOptions, 'folder'> = {}): Promise<StaticHost> {
  const host = await startHost({ folder, base: '/some/where/', ...options });
  open.push(host);
  return host;
}

/** What a page did that it should not have done. */
interface Witness {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly foreign: string[];
  readonly complaints: string[];
  /** How often the page itself was loaded. */
  readonly loads: () => number;
}

async function visit(url: string): Promise<Witness> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patienceMs);
  open.push(context);
  const page = await context.newPage();
  const foreign: string[] = [];
  const complaints: string[] = [];
  let loads = 0;
  const { origin } = new URL(url);
  context.on('request', (request) => {
    if (/^https?:/.test(request.url()) && new URL(request.url()).origin !== origin) foreign.push(request.url());
  });
  page.on('domcontentloaded', () => (loads += 1));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, foreign, complaints, loads: () => loads };
}

/** Waits until the page is up and its service worker answers for it. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(
    () => navigator.serviceWorker.controller !== null && document.querySelector('#app')?.childElementCount !== 0,
    undefined,
    {
      timeout: patienceMs,
    },
  );
}

/**
 * Waits for the reload that isolates the page, from outside: whatever Playwright evaluates counts as the user's act, and a page
 * that somebody already uses does not reload by itself.
 */
async function reloaded(loads: () => number): Promise<void> {
  await vi.waitUntil(() => loads() > 1, { timeout: patienceMs });
}

/**
 * Does something that loads the page, and waits until it has gone on to what comes after the decision whether to load itself anew: it fetches
 * its list of styles, which is seen from outside, then asks where to compute.
 */
async function loadToEnd(page: Page, load: () => Promise<unknown>): Promise<void> {
  const goingOn = page.waitForRequest(/adapters\/index\.json$/u, { timeout: patienceMs });
  await load();
  await goingOn;
  await page.getByRole('button', { name: 'Use wasm' }).waitFor({ timeout: patienceMs });
}

/** Asks the page again and again; `waitForFunction` takes the promise of an asynchronous question for a yes. */
async function until(page: Page, question: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(() => page.evaluate(question), { timeout: patienceMs, interval: 100 });
}

function isIsolated(page: Page): Promise<boolean> {
  return page.evaluate(() => globalThis.crossOriginIsolated);
}

describe('a host that sends the headers', () => {
  it('runs under a sub-path without a reload, a foreign request or a violation of the policy', async () => {
    const host = await serve({ headers: hostHeaders });
    const { page, foreign, complaints, loads } = await visit(host.url);
    await settle(page);
    expect(await isIsolated(page)).toBe(true);
    expect(loads()).toBe(1);
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
    expect(host.log.filter((entry) => entry.status !== 200 && !entry.path.startsWith('/some/where/bundles/'))).toEqual([]);
  });

  it('may not be framed, runs no inline script and evaluates no text', async () => {
    const host = await serve({ headers: hostHeaders });
    const { page } = await visit(host.url);
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.inlineRan = true';
      const refused = new Promise((resolve) => document.addEventListener('securitypolicyviolation', resolve, { once: true }));
      document.head.append(script);
      await refused;
      let evaluated = true;
      try {
        globalThis.eval('1');
      } catch {
        evaluated = false;
      }
      return { inline: 'inlineRan' in globalThis, evaluated };
    });
    expect(ran).toEqual({ inline: false, evaluated: false });
    expect(headerPolicy).toContain("frame-ancestors 'none'");
  });
});

describe('a host that cannot send headers', () => {
  it('is isolated by the service worker after one reload, and never reloads again', async () => {
    const host = await serve();
    const { page, loads, complaints } = await visit(host.url);
    await reloaded(loads);
    await page.waitForFunction(() => globalThis.crossOriginIsolated);
    expect(loads()).toBe(2);
    await loadToEnd(page, () => page.reload());
    expect(await isIsolated(page)).toBe(true);
    expect(loads()).toBe(3);
    expect(complaints).toEqual([]);
  });

  it('stays usable with one thread where the service worker is missing, without a loop', async () => {
    const host = await serve({ base: '/' });
    const context = await browser.newContext({ serviceWorkers: 'block' });
    open.push(context);
    const page = await context.newPage();
    let loads = 0;
    page.on('domcontentloaded', () => (loads += 1));
    await loadToEnd(page, () => page.goto(host.url));
    expect(await isIsolated(page)).toBe(false);
    expect(loads).toBe(1);
  });

  it('does not reload again after a reload that goes around the service worker', async () => {
    const host = await serve();
    const { page, context, loads } = await visit(host.url);
    await reloaded(loads);
    await page.evaluate(() => sessionStorage.setItem('caption-studio:reloaded-for-isolation', 'yes'));
    const before = loads();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setBypassServiceWorker', { bypass: true });
    await loadToEnd(page, () => page.reload());
    expect(await isIsolated(page)).toBe(false);
    expect(loads()).toBe(before + 1);
  });
});

describe('without a network', () => {
  it('shows the studio from what the first visit kept', async () => {
    const host = await serve({ headers: hostHeaders });
    const { page, complaints } = await visit(host.url);
    await settle(page);
    await host.close();
    await page.reload();
    await settle(page);
    await page.getByText('Drop pictures here').waitFor();
    await page.waitForFunction(() => {
      const samples = [...document.images];
      return samples.length >= 5 && samples.every((sample) => sample.naturalWidth > 0);
    });
    expect(await isIsolated(page)).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('gives whole files and parts of files that were used before', async () => {
    const host = await serve({ headers: hostHeaders });
    const { page } = await visit(host.url);
    await settle(page);
    const read = (headers: Record<string, string>): Promise<{ status: number; range: string | null; bytes: number[] }> =>
      page.evaluate(async (given) => {
        const response = await fetch('metrics/chair/LICENSE.txt', { headers: given });
        return {
          status: response.status,
          range: response.headers.get('Content-Range'),
          bytes: Array.from(new Uint8Array(await response.arrayBuffer())),
        };
      }, headers);
    const online = await read({});
    await until(page, async () => {
      const cache = await caches.open('caption-studio-files');
      return (await cache.keys()).some((request) => request.url.includes('metrics/chair/LICENSE.txt'));
    });
    await host.close();
    expect((await read({})).bytes).toEqual(online.bytes);
    const part = await read({ Range: 'bytes=10-19' });
    expect(part).toEqual({ status: 206, range: `bytes 10-19/${String(online.bytes.length)}`, bytes: online.bytes.slice(10, 20) });
  });
});

describe('a new release', () => {
  it('waits until it is asked, then replaces what changed', async () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const serviceWorker = readFileSync(join(folder, 'service-worker.js'), 'utf8');
    const hash = /"index\.html":`([^`]+)`/.exec(serviceWorker)?.[1] ?? '';
    expect(hash).not.toBe('');
    let isNew = false;
    const host = await serve({
      headers: hostHeaders,
      replace: (path) => {
        if (!isNew) return undefined;
        if (path === 'service-worker.js') return serviceWorker.replaceAll(hash, 'a-newer-release');
        return path === '.' || path === '' || path === 'index.html' ? page.replace('<html', '<html data-release="2"') : undefined;
      },
    });
    const witness = await visit(host.url);
    await settle(witness.page);
    isNew = true;
    await witness.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
    });
    await until(witness.page, async () => (await navigator.serviceWorker.ready).waiting !== null);
    await witness.page.reload();
    await settle(witness.page);
    expect(await witness.page.locator('html').getAttribute('data-release')).toBeNull();
    await witness.page.evaluate(async () => {
      (await navigator.serviceWorker.ready).waiting?.postMessage({ kind: 'take-over' });
    });
    await until(witness.page, async () => {
      const cache = await caches.open('caption-studio-files');
      const pages = (await cache.keys()).filter((request) => request.url.includes('index.html'));
      return (await navigator.serviceWorker.ready).waiting === null && pages.length === 1;
    });
    await witness.page.reload();
    await witness.page.locator('html[data-release="2"]').waitFor({ state: 'attached' });
  });
});

describe('installing', () => {
  it('finds a manifest with a name, a start page and icons of the sizes it states', async () => {
    const host = await serve({ headers: hostHeaders });
    const { page, context } = await visit(host.url);
    await settle(page);
    const session = await context.newCDPSession(page);
    const manifest = await session.send('Page.getAppManifest');
    expect(manifest.errors).toEqual([]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // Playwright's pages are private windows, where nothing can be installed; there may be no other obstacle.
    expect(installabilityErrors.filter((error) => error.errorId !== 'in-incognito')).toEqual([]);
    const parsed = JSON.parse(manifest.data ?? '{}') as { name: string; icons: { src: string; sizes: string; type: string }[] };
    expect(parsed.name).toBe('Caption Studio');
    for (const icon of parsed.icons.filter((entry) => entry.type === 'image/png')) {
      const size = await page.evaluate(async (src) => {
        const bitmap = await createImageBitmap(await (await fetch(src)).blob());
        return `${String(bitmap.width)}x${String(bitmap.height)}`;
      }, icon.src);
      expect(size).toBe(icon.sizes);
    }
  });
});
