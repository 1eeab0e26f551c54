/** @file A static host for end-to-end tests: a folder under a sub-path, with or without headers, and a log of what was asked. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm', // a browser says on the console that it expects this, where no service worker has put it right yet
};

/** How a host serves the folder. */
export interface HostOptions {
  readonly folder: string;
  /** Path under which the folder lies; starts and ends with a slash. */
  readonly base?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers in place of a file, for a release that changes under the page. */
  readonly replace?: (path: string) => string | undefined;
}

/** A running host. */
export interface StaticHost {
  /** Address of the page. */
  readonly url: string;
  /** Paths that were asked for, in order, with the status they were answered with. */
  readonly log: readonly { readonly path: string; readonly status: number }[];
  /** Stops listening and drops open connections: from now on the network is gone. */
  close(): Promise<void>;
}

/** Serves a folder on a free port of this machine. */
export async function startHost({ folder, base = '/', headers = {}, replace }: HostOptions): Promise<StaticHost> {
  const log: { path: string; status: number }[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.startsWith(base) ? normalize(decodeURIComponent(pathname.slice(base.length))) : '..';
    const file = join(folder, path === '.' || path === '' ? 'index.html' : path);
    const isFound = !path.startsWith('..') && existsSync(file) && statSync(file).isFile();
    log.push({ path: pathname, status: isFound ? 200 : 404 });
    if (!isFound) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': 'no-cache',
    });
    const replaced = replace?.(path);
    if (replaced === undefined) createReadStream(file).pipe(response);
    else response.end(replaced);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}${base}`, log, close: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
