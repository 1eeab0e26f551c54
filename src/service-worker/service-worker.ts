/** @file The service worker: makes the studio work offline, and isolates it on hosts that cannot send headers. */
import { answer } from './answer.ts';
import { dropOldFiles, isReleased, keepFile } from './kept-files.ts';
import { release, type ServiceWorkerRequest } from './release.ts';

declare const self: ServiceWorkerGlobalScope;

const home = 'index.html';

/** Returns the file that a request means, relative to the page, or undefined where it is none of ours. */
function pathOf(request: Request): string | undefined {
  const { href: scope } = new URL(self.registration.scope);
  const url = new URL(request.url);
  if (!`${url.origin}${url.pathname}`.startsWith(scope)) return undefined;
  const path = decodeURI(`${url.origin}${url.pathname}`.slice(decodeURI(scope).length));
  if (request.mode === 'navigate') return path === '' ? home : path;
  // A query asks the host for something; only a navigation's is meant for the page itself.
  return url.search === '' || !isReleased(path) ? path : undefined;
}

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all(release.shell.map(keepFile)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldFiles().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const path = pathOf(event.request);
  if (path === undefined) return;
  event.respondWith(
    answer(event.request, path, (work) => {
      event.waitUntil(work);
    }),
  );
});

self.addEventListener('message', (event) => {
  const message = event.data as ServiceWorkerRequest;
  switch (message.kind) {
    case 'take-over':
      event.waitUntil(self.skipWaiting());
      break;
    case 'keep':
      event.waitUntil(keepAll(message.prefixes));
      break;
    default:
      message satisfies never;
  }
});

/** Keeps the files one after another, gently: the page may be loading a model meanwhile. */
async function keepAll(prefixes: readonly string[]): Promise<void> {
  const wanted = Object.keys(release.hashes).filter((path) => prefixes.some((prefix) => path.startsWith(prefix)));
  for (const path of wanted) {
    // A newer release that is let in waits until this one has nothing to do, and keeps its own files.
    if (self.registration.waiting !== null) return;
    try {
      await keepFile(path);
    } catch {
      return; // the network went away; the next visit goes on
    }
  }
}
