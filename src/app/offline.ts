/** @file Registers the service worker: the studio works offline, and several wasm threads run on hosts without headers. */

import type { Backend } from '../../workers/api.ts';
import type { ServiceWorkerRequest } from '../service-worker/release.ts';

/** What the screen may want to say about it. */
export interface OfflineEvents {
  /** A newer studio is downloaded; `apply` ends this one and loads it. */
  readonly onUpdateReady: (apply: () => void) => void;
}

/**
 * How it ended: `controlled` by the service worker, `reloading` to become isolated, or `unavailable` (in development,
 * in private windows of some browsers, without https).
 */
export type OfflineState = 'controlled' | 'reloading' | 'unavailable';

const reloadedKey = 'caption-studio:reloaded-for-isolation';
const longestWaitMs = 6000;

/**
 * Registers the service worker and resolves when it answers this page's requests, or when that cannot be had.
 * Start the engine after it: what the first visit loads is then kept for visits without a network.
 */
export async function startOffline(events: OfflineEvents): Promise<OfflineState> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return 'unavailable';
  const hadController = navigator.serviceWorker.controller !== null;
  try {
    const registration = await navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI), { scope: './' });
    watchUpdates(registration, hadController, events);
  } catch {
    return 'unavailable'; // the browser forbids it, or gives nothing for it; everything but offline works
  }
  if (!(await isControlled())) return 'unavailable';
  if (reloadForIsolation()) return 'reloading';
  return 'controlled';
}

/** Asks the service worker to keep the files whose path starts with one of the prefixes; returns at once. */
export function keepForOffline(prefixes: readonly string[]): void {
  if (!('serviceWorker' in navigator)) return;
  send(navigator.serviceWorker.controller, { kind: 'keep', prefixes });
}

/**
 * Returns the files that the embedded model needs: its bundle, its styles and the build of the runtime that fits. Where somebody has yet to
 * choose where to compute, that is the one for wasm, which is offered first: that a browser knows WebGPU does not say that it finds a GPU.
 */
export function embeddedModelFiles(backend: Backend | undefined): string[] {
  const runtime =
    backend !== 'webgpu'
      ? 'ort-wasm-simd-threaded-'
      : 'Suspending' in WebAssembly
        ? 'ort-wasm-simd-threaded.jspi'
        : 'ort-wasm-simd-threaded.asyncify';
  return ['bundles/llava-mini/', 'adapters/', `assets/${runtime}`];
}

function send(worker: ServiceWorker | null, message: ServiceWorkerRequest): void {
  worker?.postMessage(message);
}

/** Waits until the first service worker has taken this page; a slow network must not hold the studio up. */
function isControlled(): Promise<boolean> {
  const container = navigator.serviceWorker;
  if (container.controller !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    container.addEventListener('controllerchange', () => resolve(true), { once: true });
    setTimeout(() => resolve(container.controller !== null), longestWaitMs);
  });
}

/** Reloads once where the service worker's headers would isolate the page; remembered, so that it never loops. */
function reloadForIsolation(): boolean {
  if (globalThis.crossOriginIsolated) {
    sessionStorage.removeItem(reloadedKey);
    return false;
  }
  const isBusy = navigator.userActivation.hasBeenActive; // somebody already works here: the next visit will do
  if (isBusy || sessionStorage.getItem(reloadedKey) !== null) return false;
  sessionStorage.setItem(reloadedKey, 'yes');
  location.reload();
  return true;
}

function watchUpdates(registration: ServiceWorkerRegistration, hadController: boolean, events: OfflineEvents): void {
  let isApplying = false;
  const announce = (): void => {
    events.onUpdateReady(() => {
      isApplying = true;
      send(registration.waiting, { kind: 'take-over' });
    });
  };
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isApplying) location.reload();
    // Another tab applied the update: this one still runs the older studio, whose files are gone.
    else if (hadController) events.onUpdateReady(() => location.reload());
  });
  if (registration.waiting !== null && hadController) announce();
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next?.addEventListener('statechange', () => {
      if (next.state === 'installed' && navigator.serviceWorker.controller !== null) announce();
    });
  });
}
