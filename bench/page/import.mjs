/**
 * @file `node bench/page/import.mjs [folder|zip|tar] [pictures]`: drops a data set of so many small pictures on the built page, half of them with
 * captions, one in a hundred broken and one in a hundred a copy of another, and tells how soon cards are there and all captions read, when all small pictures are made, what
 * comparing all of them takes, and how much memory that took. Ten thousand in a folder by default.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeMachine, openBrowser, readPeakMemory, withPage } from './browser.mjs';

const kind = process.argv[2] ?? 'folder';
const pictures = Number(process.argv[3] ?? 10_000);
/** One in so many is broken, and the one behind it a copy. */
const oddEvery = 100;

/** Writes the pictures into nested folders. @param {string} root */
async function writeSet(root) {
  const bases = await Promise.all(
    Array.from({ length: 150 }, async (_, i) => {
      // Coarse noise, enlarged: each looks another, as photos do.
      const pixels = Buffer.from(Array.from({ length: 8 * 6 * 3 }, (_, place) => (((i + 1) * 7919 * (place + 3)) >>> 3) % 256));
      const picture = sharp(pixels, { raw: { width: 8, height: 6, channels: 3 } });
      return picture.resize(320, 240, { kernel: 'cubic' }).jpeg({ quality: 85 }).toBuffer();
    }),
  );
  for (let i = 0; i < pictures; i++) {
    const folder = join(root, `part ${Math.floor(i / 500)}`);
    if (i % 500 === 0) mkdirSync(folder, { recursive: true });
    const base = bases[i % bases.length] ?? Buffer.of();
    const isCopy = i % oddEvery === 1 && i > bases.length;
    // Bytes behind the end of a JPEG make it another file and not another picture.
    const bytes = i % oddEvery === 0 ? Buffer.from('no picture') : isCopy ? base : Buffer.concat([base, Buffer.from(String(i))]);
    const name = join(folder, `picture ${String(i).padStart(5, '0')}`);
    writeFileSync(`${name}.jpg`, bytes);
    if (i % 2 === 0) writeFileSync(`${name}.txt`, `A picture of some colours, the ${i}th of them.\n`);
  }
}

/** Gives what is dropped. @param {string} place */
async function makeSet(place) {
  const root = join(place, 'set');
  await writeSet(root);
  if (kind === 'folder') return root;
  const archive = join(place, `set.${kind}`);
  if (kind === 'tar') execFileSync('tar', ['-cf', archive, '-C', place, 'set']);
  else execFileSync('python3', ['-m', 'zipfile', '-c', archive, 'set'], { cwd: place });
  return archive;
}

/** @param {import('playwright-core').Page} page @param {string} path */
async function drop(page, path) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop'])) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
}

/** What the page's scripts hold. @param {import('playwright-core').Page} page */
async function heapMegabytes(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 1e6);
}

/**
 * What the page holds: its scripts, and all of its threads as the browser itself counts them; and the most that its processes ever held.
 * @param {import('playwright-core').Page} page @param {string} profile
 */
async function measureMemory(page, profile) {
  const heap = await heapMegabytes(page);
  const bytes = await page.evaluate(async () => {
    const measure = /** @type {{ measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> }} */ (performance)
      .measureUserAgentSpecificMemory;
    return globalThis.crossOriginIsolated && measure ? (await measure.call(performance)).bytes : 0;
  });
  return { heap, threads: Math.round(bytes / 1e6), ...readPeakMemory(profile) };
}

/** How many small pictures are kept. @param {import('playwright-core').Page} page */
function countThumbnails(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('caption-studio-thumbnails');
        opening.addEventListener('success', () => {
          const counting = opening.result.transaction('records').objectStore('records').count();
          counting.addEventListener('success', () => {
            opening.result.close();
            resolve(counting.result);
          });
        });
      }),
  );
}

const place = mkdtempSync(join(tmpdir(), 'caption-studio-import-'));
try {
  const path = await makeSet(place);
  const files = readdirSync(join(place, 'set'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes =
    kind === 'folder' ? files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) : statSync(path).size;
  console.log(describeMachine());
  console.log(`${kind}: ${pictures} pictures, ${files.length} files, ${Math.round(bytes / 1e6)} MB`);
  await withPage(async ({ url, profile }) => {
    const context = await openBrowser(profile);
    const page = await context.newPage();
    page.setDefaultTimeout(20 * 60_000);
    await page.goto(url);
    await page.getByText('Drop pictures here.').waitFor();
    await page.evaluate(() => {
      const tasks = /** @type {number[]} */ ([]);
      Object.assign(globalThis, { tasks });
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
    });
    const heapBefore = await heapMegabytes(page);
    console.log('before', await measureMemory(page, profile));
    const startMs = performance.now();
    const since = () => Math.round(performance.now() - startMs);
    await drop(page, path);
    await page.locator('.card').first().waitFor();
    console.log('first cards after', since(), 'ms');
    const whenRead = page
      .getByText(`${pictures.toLocaleString('en')} pictures added`)
      .waitFor()
      .then(async () => console.log('all captions read after', since(), 'ms', await measureMemory(page, profile)));
    await page.locator(`.card[aria-setsize="${pictures}"]`).first().waitFor();
    console.log('all cards after', since(), 'ms');
    await page.locator('.card img').first().waitFor();
    console.log('first small picture after', since(), 'ms');
    await whenRead;
    const broken = Math.ceil(pictures / oddEvery);
    for (let made = 0; made < pictures - broken; made = Number(await countThumbnails(page))) await page.waitForTimeout(1000);
    console.log('all small pictures after', since(), 'ms', { heapBefore, ...(await measureMemory(page, profile)) });
    const tasks = await page.evaluate(() => /** @type {{ tasks: number[] }} */ (/** @type {unknown} */ (globalThis)).tasks);
    console.log({ longTasks: tasks.length, longestTaskMs: Math.round(Math.max(0, ...tasks)) });
    const compareMs = performance.now();
    await page.locator('body').press('l');
    await page.getByRole('button', { name: 'Compare all pictures' }).click();
    await page.getByText(/of the same file/).waitFor();
    console.log('compared after', Math.round(performance.now() - compareMs), 'ms:', await page.getByText(/of the same file/).textContent());
    console.log(await page.locator('.columns section').first().innerText());
    console.log(await measureMemory(page, profile));
    await context.close();
  });
} finally {
  rmSync(place, { recursive: true, force: true });
}
