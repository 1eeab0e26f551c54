/**
 * @file `node bench/full-shape/stream.mjs [--layers 8] [--bundle DIR] [--folder DIR] [--profile DIR] [--tokens 32] [--trace FILE]`: puts a q4 bundle of at least 1 GB into the files that
 * Chromium keeps for a page, starts the browser afresh, opens the model on a GPU in software (WEBGPU=own: the machine's own) and tells how much memory that took beside the
 * GPU's buffers. With --tokens it then captions one photo twice with that many; a GPU in software would take hours. A profile that is named stays, and is taken as it is where it has been filled before.
 */
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { root } from '../../scripts/process.mjs';
import { openBrowser } from '../page/browser.mjs';
import { readMemory } from './memory.mjs';
import { browserProcesses } from './processes.mjs';
import { gigabytes, missingRoom, stageRunner } from './stages.mjs';

const lookEveryMs = 20;
/** The page is given time to come to rest before its memory counts as the start. @unit ms */
const restMs = 3000;

const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '8' },
    bundle: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    profile: { type: 'string' },
    tokens: { type: 'string', default: '0' },
    trace: { type: 'string' },
  },
});
const folder = await mkdtemp(join(values.folder, 'full-shape-stream-'));
const profile = values.profile ?? join(folder, 'profile');
const isFilled = values.profile !== undefined && existsSync(values.profile);
const page = await createServer({ root, logLevel: 'error', server: { port: 4398, watch: null, hmr: false } });
try {
  await page.listen();
  if (!isFilled) {
    const host = await serveFolder(values.bundle ?? (await makeBundle()));
    await visit({ kind: 'fill', address: host.address }, 'filled');
    host.close();
  }
  const visited = await visit({ kind: 'open', tokens: Number(values.tokens), picture: '/samples/skimage_chelsea.jpg' }, 'opened');
  report(visited);
  if (values.trace) await writeFile(values.trace, JSON.stringify(visited));
} finally {
  await page.close();
  await rm(folder, { recursive: true, force: true });
}

async function makeBundle() {
  const shape = { layers: Number(values.layers), towerLayers: 24, vocabulary: 32064 };
  const missing = await missingRoom(values.folder, shape);
  if (missing !== null) throw new Error(`full-shape: ${missing}`);
  const runStage = await stageRunner({ ...shape, folder });
  for (const name of ['write', 'convert']) await runStage(name);
  return join(folder, 'bundle');
}

/**
 * Serves a bundle as hosts of models do: in ranges, for any page.
 * @param {string} served
 */
async function serveFolder(served) {
  const server = createHttpServer((request, response) => {
    void answer(join(served, basename(request.url ?? '')), request.headers.range, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${String(port)}/`, close: () => server.close() };
}

/**
 * @param {string} path
 * @param {string | undefined} range
 * @param {import('node:http').ServerResponse} response
 */
async function answer(path, range, response) {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Headers', '*');
  response.setHeader('Access-Control-Expose-Headers', '*');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  const facts = await stat(path).catch(() => null);
  if (!facts?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last ? Math.min(Number(last), facts.size - 1) : facts.size - 1;
  response.writeHead(range === undefined ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${String(start)}-${String(end)}/${String(facts.size)}` }),
    ETag: `"${String(facts.size)}-${String(facts.mtimeMs)}"`,
  });
  createReadStream(path, { start, end }).pipe(response);
}

/**
 * Opens the page in a browser of its own, gives one order and watches memory until it is done.
 * @param {unknown} order
 * @param {string} end what the worker tells when it is done
 */
async function visit(order, end) {
  const browser = await openBrowser(profile);
  const tab = await browser.newPage();
  let heldBytes = 0;
  /** @type {{ ms: number, page: number, gpu: number, heldBytes: number }[]} */
  const samples = [];
  /** @type {(kind: string) => Promise<any>} */
  const hear = (kind) =>
    new Promise((resolve, reject) => {
      listeners.add((/** @type {any} */ news) => {
        if (news.kind === 'failed') reject(new Error(news.message));
        if (news.kind === kind) resolve(news);
      });
    });
  const listeners = new Set();
  await tab.exposeFunction('tell', (/** @type {any} */ news) => {
    if (news.kind === 'held') heldBytes = news.bytes;
    for (const listener of listeners) listener(news);
  });
  const ready = hear('ready');
  await tab.goto(`http://localhost:4398/bench/full-shape/stream.html`);
  await ready;
  await new Promise((resolve) => setTimeout(resolve, restMs));
  const pids = browserProcesses(profile);
  const look = () => ({ ms: performance.now(), page: sum(pids.page), gpu: sum(pids.gpu), heldBytes });
  const start = look();
  const timer = setInterval(() => samples.push(look()), lookEveryMs);
  const done = hear(end);
  await tab.evaluate((given) => /** @type {any} */ (window).order(given), order);
  const told = await done;
  clearInterval(timer);
  await browser.close();
  return { start, samples, told };
}

/** @param {readonly number[]} pids */
function sum(pids) {
  return pids.reduce((total, pid) => total + (readMemory(pid)?.ownBytes ?? 0), 0);
}

/** @param {Awaited<ReturnType<typeof visit>>} visited */
function report({ start, samples, told }) {
  const largest = (/** @type {(sample: typeof start) => number} */ of) => Math.max(...samples.map(of));
  const pageBytes = largest(({ page }) => page - start.page);
  const gpuBytes = largest(({ gpu }) => gpu - start.gpu);
  const beside = largest(({ page, gpu, heldBytes }) => page + gpu - start.page - start.gpu - heldBytes);
  console.log(
    `${String(told.tensors)} tensors, ${gigabytes(told.bytes)} GB of weights on the GPU, opened in ${(told.elapsedMs / 1000).toFixed(1)} s`,
  );
  console.log('| | at the start, MB | at most above, MB |\n|---|---|---|');
  console.log(`| the page with its worker | ${megabytes(start.page)} | ${megabytes(pageBytes)} |`);
  console.log(`| the GPU's process, buffers included | ${megabytes(start.gpu)} | ${megabytes(gpuBytes)} |`);
  console.log(`| both, without the buffers filled so far | ${megabytes(start.page + start.gpu)} | ${megabytes(beside)} |`);
  for (const { order, tokens, ids, visionMs, prefillMs, decodeMs } of told.captions)
    console.log(
      `${order} caption: looking ${visionMs.toFixed(0)} ms, reading ${prefillMs.toFixed(0)} ms, ${String(tokens)} tokens ${decodeMs.toFixed(0)} ms ` +
        `(${((1000 * tokens) / decodeMs).toFixed(1)} a second), beginning ${ids.join(' ')}`,
    );
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
