/** @file A hub on this machine, with everything that can go wrong on one: dropped connections, refusals, files that change. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** How the hub behaves; may be changed while it runs. */
export interface HubBehaviour {
  /** Folder of the model. */
  folder: string;
  /** Only this token is let in. */
  token?: string;
  /** Breaks each answer with weights off after so many bytes. */
  breakAfterBytes?: number;
  /** Answers the next requests for weights with these codes, one by one. */
  refuse?: number[];
  /** Answers whole files to everyone who asks for a range. */
  ignoresRanges?: boolean;
  /** What stands in every ETag. */
  release?: string;
  /** Waits before each answer with weights. */
  delayMs?: number;
  /** So many answers of more than a megabyte are given; those after them wait until there are more. */
  largeAnswers?: number;
  licence?: string;
}

/** A request for a file of the model. */
export interface HubRequest {
  readonly path: string;
  /** From (inclusive) to (exclusive); null for a whole file. */
  readonly range: readonly [number, number] | null;
  readonly authorization: string | undefined;
  readonly method: string;
}

/** A running hub. */
export interface HubHost {
  readonly url: string;
  readonly behaviour: HubBehaviour;
  readonly log: readonly HubRequest[];
  close(): Promise<void>;
}

/** The one model that it has, and the commit of its main branch. */
export const hubId = 'tiny/llava';
export const hubCommit = '0123456789abcdef0123456789abcdef01234567';

const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Authorization, Range',
  'Access-Control-Expose-Headers': 'Content-Range, ETag, Retry-After',
};

/** Starts a hub on a free port. */
export async function startHub(behaviour: HubBehaviour): Promise<HubHost> {
  const log: HubRequest[] = [];
  const server = createServer((request, response) => {
    void answer(behaviour, log, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    behaviour,
    log,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(hub: HubBehaviour, log: HubRequest[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const { authorization, range: rangeText } = request.headers;
  const end = (status: number, headers: Record<string, string> = {}, body = ''): void => {
    response.writeHead(status, { ...cors, ...headers }).end(body);
  };
  if (request.method === 'OPTIONS') return end(204);
  if (hub.token !== undefined && authorization !== `Bearer ${hub.token}`) return end(401);
  if (pathname === `/api/models/${hubId}/revision/main`) {
    const siblings = readdirSync(hub.folder).map((name) => ({ rfilename: name, size: statSync(join(hub.folder, name)).size }));
    const cardData = hub.licence === undefined ? {} : { license: hub.licence };
    return end(200, { 'Content-Type': 'application/json' }, JSON.stringify({ sha: hubCommit, siblings, cardData }));
  }
  const prefix = [`/${hubId}/resolve/${hubCommit}/`, '/plain/'].find((start) => pathname.startsWith(start));
  const path = prefix === undefined ? '' : decodeURIComponent(pathname.slice(prefix.length));
  const size = path === '' ? undefined : statSync(join(hub.folder, path), { throwIfNoEntry: false })?.size;
  if (size === undefined) return end(404);
  const isWeights = /\.(safetensors|bin)$/.test(path);
  const asked = hub.ignoresRanges === true ? null : /^bytes=(\d+)-(\d+)$/.exec(rangeText ?? '');
  const range = asked ? ([Number(asked[1]), Math.min(size, Number(asked[2]) + 1)] as const) : null;
  log.push({ path, range, authorization, method: request.method ?? '' });
  if (isLarge(range)) await untilGranted(hub, log.filter((one) => isLarge(one.range)).length, response);
  if (isWeights && hub.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, hub.delayMs));
  const refusal = isWeights ? hub.refuse?.shift() : undefined;
  if (refusal !== undefined) return end(refusal, refusal === 429 ? { 'Retry-After': '1' } : {});
  if (range && range[0] >= size) return end(416);
  const [start, stop] = range ?? [0, size];
  const bytes = readRange(join(hub.folder, path), start, stop);
  response.writeHead(range ? 206 : 200, {
    ...cors,
    ETag: `"${hub.release ?? 'first'}-${path}"`,
    'Content-Length': String(bytes.length),
    'Content-Type': path.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    ...(range ? { 'Content-Range': `bytes ${String(start)}-${String(stop - 1)}/${String(size)}` } : {}),
  });
  const breakAt = isWeights ? (hub.breakAfterBytes ?? Infinity) : Infinity;
  if (bytes.length <= breakAt) response.end(bytes);
  else response.write(bytes.subarray(0, breakAt), () => setTimeout(() => response.destroy(), 20));
}

function isLarge(range: HubRequest['range']): boolean {
  return range !== null && range[1] - range[0] > 1e6;
}

async function untilGranted(hub: HubBehaviour, place: number, { socket }: ServerResponse): Promise<void> {
  while (place > (hub.largeAnswers ?? Infinity) && socket?.destroyed === false) await new Promise((resolve) => setTimeout(resolve, 20));
}

function readRange(file: string, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start);
  const handle = openSync(file, 'r');
  readSync(handle, bytes, 0, bytes.length, start);
  closeSync(handle);
  return bytes;
}
