/** @file Bundles on a server: every file is fetched once and checked, and each way in which a server can be wrong has its error. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bundleAddress, openHostedFiles } from '../../workers/model-files.ts';

const base = new URL('https://models.example/tiny/');

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const weights = Uint8Array.from({ length: 64 }, (_, i) => i);

async function manifest(): Promise<string> {
  const shard = { path: 'weights-000.bin', sizeBytes: weights.byteLength, sha256: await sha256(weights) };
  const texts = { name: 'tiny', family: 'llava', precision: 'fp32', licence: 'MIT', source: 'test' };
  return JSON.stringify({ formatVersion: 1, ...texts, config: {}, shards: [shard], files: [], tensors: [] });
}

/** Serves some files, and keeps a list of what was asked for. */
function serve(files: Readonly<Record<string, BodyInit>>, headers: HeadersInit = {}): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (address: URL) => {
    const name = address.href.slice(base.href.length);
    asked.push(name);
    const body = files[name];
    return Promise.resolve(body === undefined ? new Response('no', { status: 404 }) : new Response(body, { headers }));
  });
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('openHostedFiles', () => {
  it('fetches each file once, when it is first read, and counts the bytes', async () => {
    const text = await manifest();
    const asked = serve({ 'manifest.json': text, 'weights-000.bin': weights });
    const counts: number[] = [];
    const files = await openHostedFiles(base, (done) => void counts.push(done));
    const shard = await files.open('weights-000.bin');
    expect(asked).toEqual(['manifest.json']);
    expect(Array.from((await shard?.slice(4, 8)) ?? [])).toEqual([4, 5, 6, 7]);
    expect(Array.from((await shard?.slice(0, 2)) ?? [])).toEqual([0, 1]);
    expect(asked).toEqual(['manifest.json', 'weights-000.bin']);
    expect(counts.at(-1)).toBe(files.totalBytes);
    expect(files.totalBytes).toBe(text.length + 64);
  });

  it('fetches again what it was told to forget', async () => {
    const asked = serve({ 'manifest.json': await manifest(), 'weights-000.bin': weights });
    const files = await openHostedFiles(base, () => undefined);
    const shard = await files.open('weights-000.bin');
    await shard?.slice(0, 1);
    files.forget();
    await shard?.slice(0, 1);
    expect(asked).toEqual(['manifest.json', 'weights-000.bin', 'weights-000.bin']);
  });

  it('asks for no file that the manifest does not name', async () => {
    const asked = serve({ 'manifest.json': await manifest() });
    const files = await openHostedFiles(base, () => undefined);
    expect(await files.open('chat_template.jinja')).toBeNull();
    expect(asked).toEqual(['manifest.json']);
  });

  it('refuses bytes that differ from their hash, and ones that are too few or too many', async () => {
    const wrong = [weights.toReversed(), weights.slice(0, 60), new Uint8Array(80)];
    for (const bytes of wrong) {
      serve({ 'manifest.json': await manifest(), 'weights-000.bin': bytes });
      const files = await openHostedFiles(base, () => undefined);
      const shard = await files.open('weights-000.bin');
      await expect(shard?.slice(0, 1)).rejects.toMatchObject({ code: 'integrity' });
    }
  });

  it('tells a missing bundle from a broken manifest, and from a server that cannot be reached', async () => {
    serve({});
    await expect(openHostedFiles(base, () => undefined)).rejects.toMatchObject({ code: 'file-missing' });
    serve({ 'manifest.json': '<!doctype html>' }, { 'content-type': 'text/html' });
    await expect(openHostedFiles(base, () => undefined)).rejects.toMatchObject({ code: 'file-missing' });
    serve({ 'manifest.json': '{"formatVersion": 1,' });
    await expect(openHostedFiles(base, () => undefined)).rejects.toMatchObject({ code: 'file-invalid' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(openHostedFiles(base, () => undefined)).rejects.toMatchObject({ code: 'network' });
  });
});

describe('bundleAddress', () => {
  it('takes the address of a folder or of its manifest', () => {
    for (const url of ['https://models.example/tiny', 'https://models.example/tiny/', 'https://models.example/tiny/manifest.json?v=2']) {
      expect(bundleAddress({ kind: 'address', url }, location.href).href).toBe(base.href);
    }
  });

  it('refuses what is no web address', () => {
    for (const url of ['tiny', 'file:///tiny', 'data:text/plain,x']) {
      expect(() => bundleAddress({ kind: 'address', url }, location.href)).toThrow(/https/);
    }
  });
});
