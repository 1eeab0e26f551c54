/** @file The first question about a file on a server: it takes no more of the answer than it needs, and lets the rest go. */
import { describe, expect, it } from 'vitest';
import type { Http, HttpAnswer } from '../../../src/engine/load/http.ts';
import { probe } from '../../../src/engine/load/remote-source.ts';

const file = { address: 'http://host/style.zip', headers: {} };

/** A server that sends much more than it was asked for, and what came of it. */
function generous(
  status: number,
  headers: Readonly<Record<string, string>>,
): { readonly http: Http; readonly came: () => readonly [number, boolean] } {
  let [pieces, isOver] = [0, false];
  async function* body(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      for (; pieces < 1000; pieces++) yield await Promise.resolve(new Uint8Array(5).fill(pieces));
    } finally {
      isOver = true;
    }
  }
  const answer: HttpAnswer = { status, header: (name) => headers[name] ?? null, body: body() };
  return { http: { get: () => Promise.resolve(answer), wait: () => Promise.resolve() }, came: () => [pieces, isOver] };
}

describe('the first bytes of a file', () => {
  it('are eight, where a server sends all that follow', async () => {
    const { http, came } = generous(206, { 'content-range': 'bytes 0-4999/5000' });
    const found = await probe(http, file);
    expect([found?.state.sizeBytes, ...(found?.head ?? [])]).toEqual([5000, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(came()).toEqual([1, true]);
  });

  it.each<[string, number, Readonly<Record<string, string>>]>([
    ['answers no ranges', 200, {}],
    ['does not show how large the file is', 206, {}],
  ])('let the rest go where the server %s', async (_, status, headers) => {
    const { http, came } = generous(status, headers);
    await expect(probe(http, file)).rejects.toMatchObject({ code: 'network' });
    expect(came()).toEqual([1, true]);
  });

  it('let a page go that stands in the place of the file', async () => {
    const { http, came } = generous(200, { 'content-type': 'text/html' });
    expect(await probe(http, file)).toBeNull();
    expect(came()).toEqual([1, true]);
  });
});
