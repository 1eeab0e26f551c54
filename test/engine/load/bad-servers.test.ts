/** @file Servers that answer wrongly in the middle of a load: each is told in words, or its answer is asked for again. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../../models/bundle.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { emptyJournal } from '../../../src/engine/convert/run-plan.ts';
import { beginLoad, continueLoad } from '../../../src/engine/load/load.ts';
import { openRemote } from '../../../src/engine/load/open-remote.ts';
import { openSource } from '../../../src/engine/load/survey.ts';
import { webHttp } from '../../../src/engine/load/web-http.ts';
import { countingHttp } from '../../helpers/node-http.ts';

const checkpoint = join(import.meta.dirname, '../../fixtures/reference/llava15-bf16-sharded/checkpoint');
const facts = { name: 'n', source: 's', licence: 'l', form: 'q4', limits: { shardBytes: 40_000, stepBytes: 4096 } } as const;
const isWeights = (path: string): boolean => path.endsWith('.safetensors');

interface Asked {
  readonly path: string;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Answers a request in its own way and says so by true; on false it is answered well. */
type Misdeed = (asked: Asked, response: ServerResponse, request: IncomingMessage) => boolean;

const open: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves the checkpoint; `misdeed` is asked once `isOn` says so. */
async function serve(misdeed: Misdeed, isOn: () => boolean = () => true): Promise<string> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1);
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(checkpoint, path));
    } catch {
      response.writeHead(404).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = from === undefined ? [0, bytes.length] : [Number(from), Math.min(bytes.length, Number(to) + 1)];
    if (isOn() && misdeed({ path, bytes, start, end }, response, request)) return;
    const range = `bytes ${String(start)}-${String(end - 1)}/${String(bytes.length)}`;
    response.writeHead(from === undefined ? 200 : 206, { ETag: '"one"', ...(from === undefined ? {} : { 'Content-Range': range }) });
    response.end(bytes.subarray(start, end));
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

/** Looks at the checkpoint while all is well, then loads it while nothing is. */
async function loadFrom(misdeed: Misdeed): Promise<BundleManifest> {
  let isOn = false;
  const address = await serve(misdeed, () => isOn);
  const files = await openRemote(countingHttp(), { name: 'server', address, headers: {}, listing: null });
  const opened = await openSource(files);
  const memory = memoryFiles('x');
  const work = await beginLoad(opened, memory.sink, facts);
  isOn = true;
  return continueLoad(files, work, memory.sink, { journal: emptyJournal, events: {} });
}

const range = ({ start, end, bytes }: Asked): string => `bytes ${String(start)}-${String(end - 1)}/${String(bytes.length)}`;

describe('a load from a server', () => {
  it.each<[string, Misdeed, string, RegExp]>([
    [
      'that suddenly sends whole files',
      ({ bytes }, response) => Boolean(response.writeHead(200).end(bytes)),
      'network',
      /whole files only.*choose that one/u,
    ],
    [
      'whose file became shorter',
      (_, response) => Boolean(response.writeHead(416).end()),
      'source-changed',
      /shorter than it was.*changed since it was begun/u,
    ],
    [
      'whose file became longer',
      ({ bytes, start, end }, response) =>
        Boolean(
          response
            .writeHead(206, { 'Content-Range': `bytes ${String(start)}-${String(end - 1)}/${String(bytes.length + 9)}` })
            .end(bytes.subarray(start, end)),
        ),
      'source-changed',
      /changed since it was begun/u,
    ],
    [
      'that sends another range than it was asked for',
      ({ bytes }, response) =>
        Boolean(response.writeHead(206, { 'Content-Range': `bytes 0-99/${String(bytes.length)}` }).end(bytes.subarray(0, 100))),
      'source-changed',
      /answered with "bytes 0-99/u,
    ],
    [
      'that sends more than it was asked for',
      (asked, response) =>
        Boolean(
          response
            .writeHead(206, { 'Content-Range': range(asked) })
            .end(Buffer.concat([asked.bytes.subarray(asked.start, asked.end), Buffer.alloc(9)])),
        ),
      'source-changed',
      /more than was asked for/u,
    ],
    [
      'that sends nothing again and again',
      (asked, response) => Boolean(response.writeHead(206, { 'Content-Range': range(asked) }).end()),
      'network',
      /the answer ended early|connection broke/u,
    ],
    ['that forgot the model', (_, response) => Boolean(response.writeHead(404).end()), 'file-missing', /there is no such file/u],
    ['that wants to be paid', (_, response) => Boolean(response.writeHead(402).end()), 'network', /answered 402/u],
    ['that forgot who we are', (_, response) => Boolean(response.writeHead(403).end()), 'permission', /refuses \(403\)/u],
    ['that is broken for good', (_, response) => Boolean(response.writeHead(503).end()), 'network', /answered 503/u],
    [
      'that goes round in circles',
      ({ path }, response) => Boolean(response.writeHead(302, { Location: `/${path}` }).end()),
      'network',
      /cannot be fetched; the connection broke/u,
    ],
    ['that hangs up', (_, response) => Boolean(response.destroy()), 'network', /cannot be fetched; the connection broke/u],
  ])('%s ends in words', async (_, misdeed, code, message) => {
    const load = loadFrom((asked, response, request) => isWeights(asked.path) && misdeed(asked, response, request));
    await expect(load).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it.each<[string, (asked: Asked, response: ServerResponse) => void]>([
    [
      'promises more bytes than it sends',
      (asked, response) => {
        const half = asked.bytes.subarray(asked.start, asked.start + Math.ceil((asked.end - asked.start) / 2));
        response.writeHead(206, { 'Content-Range': range(asked), 'Content-Length': String(asked.end - asked.start) });
        response.write(half, () => setTimeout(() => response.destroy(), 5));
      },
    ],
    [
      'promises fewer bytes than it was asked for',
      (asked, response) => {
        const half = asked.bytes.subarray(asked.start, asked.start + Math.ceil((asked.end - asked.start) / 2));
        response.writeHead(206, { 'Content-Range': range(asked), 'Content-Length': String(half.length) }).end(half);
      },
    ],
    ['hangs up before it answers', (_, response) => response.destroy()],
    ['is busy', (_, response) => response.writeHead(503).end()],
    ['asks to wait without saying how long', (_, response) => response.writeHead(429, { 'Retry-After': 'tomorrow' }).end()],
  ])('goes on when it %s now and then', async (_, misdeed) => {
    let turn = 0;
    const { shards } = await loadFrom((asked, response) => {
      if (!isWeights(asked.path) || turn++ % 2 === 1) return false;
      misdeed(asked, response);
      return true;
    });
    expect(turn).toBeGreaterThan(20);
    expect(shards).toEqual((await loadFrom(() => false)).shards);
  });

  it('names the shard that the index names and the server has not', async () => {
    const address = await serve(({ path }, response) => path.includes('00002-of') && Boolean(response.writeHead(404).end()));
    const files = await openRemote(countingHttp(), { name: 'server', address, headers: {}, listing: null });
    await expect(openSource(files)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringMatching(/model-00002-of-00003\.safetensors.*index\.json names is not there/u) as string,
    });
  });

  it('says that the server may keep pages out only where pages are kept out', async () => {
    const calls = { pause: new AbortController().signal, stop: new AbortController().signal };
    const reaching = (mayBe: string): Promise<unknown> => {
      const http = { ...webHttp({ ...calls, mayBe, fetch: (address, options) => fetch(address, options) }), wait: () => Promise.resolve() };
      return openRemote(http, { name: 'server', address: 'http://127.0.0.1:1/', headers: {}, listing: null });
    };
    await expect(reaching('the server does not let other pages read it (CORS)')).rejects.toThrow(
      /connection broke, or the server does not let other pages read it \(CORS\)$/u,
    );
    await expect(reaching('there is no such server')).rejects.toThrow(/connection broke, or there is no such server$/u);
  });
});
