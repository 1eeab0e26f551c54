/** @file Files kept for use without a network, addressed by path and content. */
import { StudioError } from '../core/error.ts';
import { release } from './release.ts';

declare const self: ServiceWorkerGlobalScope;

/** One cache for all releases: a key holds the content's hash, so files that did not change are shared. */
const cacheName = 'caption-studio-files';

/** Paths that are being fetched for keeping, so that none is fetched twice. */
const underWay = new Map<string, Promise<void>>();

function addressOf(path: string): string {
  return new URL(path, self.registration.scope).href;
}

function keyOf(path: string): string {
  return `${addressOf(path)}?content=${release.hashes[path] ?? ''}`;
}

/** Says whether the file is part of this release. */
export function isReleased(path: string): boolean {
  return Object.hasOwn(release.hashes, path);
}

/** Returns the kept file, or undefined. */
export async function findKept(path: string): Promise<Response | undefined> {
  const cache = await caches.open(cacheName);
  return cache.match(keyOf(path));
}

/** Keeps a response that the page is being given anyway; a full disk is no reason to fail it. */
export async function keepResponse(path: string, response: Response): Promise<void> {
  try {
    const cache = await caches.open(cacheName);
    await cache.put(keyOf(path), response);
  } catch {
    // Quota: the file stays a file of the network.
  }
}

/**
 * Fetches a file for keeping, unless it is kept or on its way.
 *
 * @throws {StudioError} 'network' where the host answers with a failure
 */
export function keepFile(path: string): Promise<void> {
  const running = underWay.get(path);
  if (running !== undefined) return running;
  const started = fetchAndKeep(path).finally(() => underWay.delete(path));
  underWay.set(path, started);
  return started;
}

async function fetchAndKeep(path: string): Promise<void> {
  const cache = await caches.open(cacheName);
  if ((await cache.match(keyOf(path))) !== undefined) return;
  // Names without a hash may lie stale in the browser's own cache: ask the host whether they changed.
  const response = await fetch(addressOf(path), { cache: 'no-cache' });
  if (response.status !== 200) throw new StudioError('network', `offline: the host answered ${String(response.status)} for ${path}`);
  await cache.put(keyOf(path), response);
}

/** Drops what only older releases had. */
export async function dropOldFiles(): Promise<void> {
  const cache = await caches.open(cacheName);
  const current = new Set(Object.keys(release.hashes).map(keyOf));
  for (const request of await cache.keys()) {
    if (!current.has(request.url)) await cache.delete(request);
  }
}
