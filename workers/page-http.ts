/** @file Fetching from a worker of the page, which servers have to let in. */

import type { Http } from '../src/engine/load/http.ts';
import { webHttp, type WebHost } from '../src/engine/load/web-http.ts';

/** Opens the web for one load. */
export function pageHttp(calls: Pick<WebHost, 'pause' | 'stop'>): Http {
  return webHttp({
    ...calls,
    fetch: (address, options) => fetch(address, options),
    mayBe: 'the server does not let other pages read it (CORS)',
  });
}
