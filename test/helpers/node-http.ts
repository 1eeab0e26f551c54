/** @file Fetching for tests in Node: it counts which bytes reached the client, and never really waits. */
import type { Http } from '../../src/engine/load/http.ts';

/** Fetching, and how often each byte of each address came. */
export interface CountingHttp extends Http {
  /** By address: how often the byte at each position arrived. */
  readonly arrivals: ReadonlyMap<string, Map<number, number>>;
  readonly waits: readonly number[];
}

/** Makes a counter. */
export function countingHttp(): CountingHttp {
  const arrivals = new Map<string, Map<number, number>>();
  const waits: number[] = [];
  return {
    arrivals,
    waits,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    get: async (address, headers) => {
      const response = await fetch(address, { headers });
      const start = Number(/bytes=(\d+)/.exec(headers['Range'] ?? '')?.[1] ?? 0);
      return { status: response.status, header: (name) => response.headers.get(name), body: counted(response, address, start) };
    },
  };

  async function* counted(response: Response, address: string, start: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const seen = arrivals.get(address) ?? new Map<number, number>();
    arrivals.set(address, seen);
    let at = start;
    for await (const part of response.body ?? []) {
      const bytes = new Uint8Array(part);
      for (let i = 0; i < bytes.length; i++, at++) seen.set(at, (seen.get(at) ?? 0) + 1);
      yield bytes;
    }
  }
}
