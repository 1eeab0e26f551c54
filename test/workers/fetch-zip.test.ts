/** @file A zip from a server that answers no ranges: it is tried again from its start, and what is told of it begins anew. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import type { AdapterProgress, AdapterWatch } from '../../src/engine/adapter/watch.ts';
import type { Http, HttpAnswer } from '../../src/engine/load/http.ts';
import { fetchZip } from '../../workers/fetch-zip.ts';

const address = 'http://host/style.zip';
const whole = Uint8Array.from({ length: 12 }, (_, i) => i);

type Answering = number | 'whole' | 'broken';

/** A server that answers each request in turn, the last way for ever. */
function server(
  ...ways: readonly [Answering, ...Answering[]]
): Http & { readonly asked: (string | undefined)[]; readonly waits: number[] } {
  const asked: (string | undefined)[] = [];
  const waits: number[] = [];
  async function* body(way: Answering): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield await Promise.resolve(whole.slice(0, 6));
    if (way === 'broken') throw new Error('reset');
    yield whole.slice(6);
  }
  const answer = (way: Answering): HttpAnswer => ({
    status: typeof way === 'number' ? way : 200,
    header: (name) => (name === 'content-length' ? String(whole.length) : null),
    body: body(way),
  });
  return {
    asked,
    waits,
    get: (_, headers) => {
      asked.push(headers['Range']);
      return Promise.resolve(answer(ways[asked.length - 1] ?? ways.at(-1) ?? 'whole'));
    },
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

/** Notes how far it is after each step; stops there if told to. */
function watching(isStopped = false): AdapterWatch & { readonly told: AdapterProgress[] } {
  const told: AdapterProgress[] = [];
  return {
    told,
    begin: (stage, total) => told.push({ stage, done: 0, total }),
    count: () => undefined,
    step: (stage, bytes) => {
      const { done = 0, total = 0 } = told.at(-1) ?? {};
      told.push({ stage, done: done + bytes, total });
      return isStopped ? Promise.reject(new StudioError('cancelled', 'stopped')) : Promise.resolve();
    },
  };
}

describe('a zip from a server without ranges', () => {
  it('comes in the end where the connection broke and the server was busy', async () => {
    const http = server('whole', 'broken', 503, 429, 'whole');
    const watch = watching();
    const zip = await fetchZip(http, address, watch);
    expect([...new Uint8Array(await zip.arrayBuffer())]).toEqual([...whole]);
    expect(http.asked).toEqual(['bytes=0-7', undefined, undefined, undefined, undefined]);
    expect(http.waits).toHaveLength(3);
    expect(watch.told.map(({ done, total }) => [done, total])).toEqual([
      [0, 12],
      [6, 12],
      [0, 12],
      [6, 12],
      [12, 12],
    ]);
  });

  it('is given up in words where it never comes whole', async () => {
    const http = server('whole', 'broken');
    await expect(fetchZip(http, address, watching())).rejects.toMatchObject({ code: 'network' });
    expect(http.asked).toHaveLength(1 + 8);
  });

  it('is not asked for again once it was stopped', async () => {
    const http = server('whole');
    await expect(fetchZip(http, address, watching(true))).rejects.toMatchObject({ code: 'cancelled' });
    expect(http.asked).toHaveLength(2);
  });
});
