/**
 * @file `node bench/page/scroll.mjs [cards]`: drops so many pictures on the built page, scrolls through all of them, and tells how smooth that was:
 * frames, long tasks, memory. Ten thousand cards by default.
 */
import { describeMachine, openBrowser, readPeakMemory, withPage } from './browser.mjs';

const cards = Number(process.argv[2] ?? 10_000);
/** How far one turn of the wheel goes, and how many turns there are. @unit CSS pixels */
const turn = { pixels: 1200, count: 300 };

/** @param {import('playwright-core').Page} page */
async function dropPictures(page) {
  const startMs = performance.now();
  await page.evaluate(async (count) => {
    const shapes = [
      [320, 240],
      [240, 320],
      [300, 300],
      [400, 225],
      [225, 400],
    ];
    const blobs = await Promise.all(
      shapes.map(async ([width = 1, height = 1], i) => {
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d');
        if (context) {
          const sky = context.createLinearGradient(0, 0, width, height);
          sky.addColorStop(0, `hsl(${i * 70} 60% 70%)`);
          sky.addColorStop(1, `hsl(${i * 70 + 40} 60% 35%)`);
          context.fillStyle = sky;
          context.fillRect(0, 0, width, height);
        }
        return canvas.convertToBlob({ type: 'image/jpeg' });
      }),
    );
    const transfer = new DataTransfer();
    for (let i = 0; i < count; i++) {
      const blob = blobs[i % blobs.length];
      if (blob) transfer.items.add(new File([blob], `picture-${String(i).padStart(5, '0')}.jpg`, { type: 'image/jpeg' }));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, cards);
  await page.locator('.card').first().waitFor({ timeout: 120_000 });
  return Math.round(performance.now() - startMs);
}

/** @param {import('playwright-core').Page} page */
async function scrollThrough(page) {
  await page.evaluate(() => {
    const seen = { frames: [performance.now()], longTasks: /** @type {number[]} */ ([]) };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
    const note = (/** @type {number} */ now) => {
      seen.frames.push(now);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await page.mouse.move(500, 500);
  for (let i = 0; i < turn.count; i++) {
    await page.mouse.wheel(0, i < turn.count / 2 ? turn.pixels : -turn.pixels);
    await page.waitForTimeout(30);
  }
  // From end to end by the scroll bar: nothing that comes into sight was laid out before.
  await page.evaluate(async () => {
    const gallery = document.querySelector('.gallery');
    for (let i = 1; gallery && i <= 40; i++) {
      gallery.scrollTop = (gallery.scrollHeight * i) / 40;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  });
  return page.evaluate(() => {
    const { frames, longTasks } = /** @type {{ seen: { frames: number[], longTasks: number[] } }} */ (/** @type {unknown} */ (globalThis))
      .seen;
    const gaps = frames
      .slice(1)
      .map((at, i) => at - (frames[i] ?? at))
      .sort((a, b) => a - b);
    const share = (/** @type {number} */ part) => Math.round((gaps[Math.floor(part * (gaps.length - 1))] ?? 0) * 10) / 10;
    return {
      frames: gaps.length,
      medianFrameMs: share(0.5),
      slowestOf100FramesMs: share(0.99),
      slowestFrameMs: share(1),
      longTasks: longTasks.length,
      longestTaskMs: Math.round(Math.max(0, ...longTasks)),
      cardsInThePage: document.querySelectorAll('.card').length,
    };
  });
}

/** What the page's scripts hold. @param {import('playwright-core').Page} page */
async function heapMegabytes(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 1e6);
}

console.log(describeMachine());
await withPage(async ({ url, profile }) => {
  const context = await openBrowser(profile);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('Drop pictures here.').waitFor();
  console.log(`${cards} cards shown after`, await dropPictures(page), 'ms');
  console.log('scrolling while their copies are kept', await scrollThrough(page));
  console.log({ heapMegabytes: await heapMegabytes(page), ...readPeakMemory(profile) });
  await page.waitForFunction(
    async (count) => {
      const folder = await navigator.storage.getDirectory();
      const open = async (/** @type {FileSystemDirectoryHandle} */ place) => {
        let files = 0;
        for await (const entry of place.values())
          files += entry.kind === 'directory' ? await open(/** @type {FileSystemDirectoryHandle} */ (entry)) : 1;
        return files;
      };
      return (await open(folder)) >= count;
    },
    cards,
    { timeout: 600_000, polling: 2000 },
  );
  const startMs = performance.now();
  await page.reload();
  await page.locator('.card').first().waitFor({ timeout: 120_000 });
  console.log('shown again after a reload in', Math.round(performance.now() - startMs), 'ms');
  console.log('scrolling at rest', await scrollThrough(page));
  console.log({ heapMegabytes: await heapMegabytes(page), ...readPeakMemory(profile) });
  await context.close();
});
