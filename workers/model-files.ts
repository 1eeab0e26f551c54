/** @file The files of a model bundle on a web server, read over fetch: each is fetched once, when it is first needed, and checked. */

import { memorySource, type ByteSource, type FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import { sha256 as hashOf } from '../src/engine/bundle/verify.ts';
import { readManifest, type BundleManifest, type Shard } from '../models/bundle.ts';
import { readModelFolder } from '../src/storage/model-folders.ts';
import type { ModelSource } from './api.ts';
import { blobFiles } from './blob-files.ts';

/** Bytes that have come, of all files of the bundle. @unit bytes */
export type OnBytes = (done: number, total: number) => void;

/** A bundle on a server. */
export interface HostedFiles extends FileSet {
  /** What all files take together. @unit bytes */
  readonly totalBytes: number;
  /** Lets go of fetched bytes; who reads again fetches again, from the browser's cache where it has them. */
  forget(): void;
}

const manifestName = 'manifest.json';

/** Where the embedded bundle lies, from the folder of the page. */
const embeddedPath = 'bundles/llava-mini/';

/**
 * Gives the address of a bundle's folder.
 *
 * @throws {StudioError} 'argument-invalid' when an address is none
 */
export function bundleAddress(source: Extract<ModelSource, { kind: 'embedded' | 'address' }>, pageFolder: string): URL {
  switch (source.kind) {
    case 'embedded':
      return new URL(embeddedPath, pageFolder);
    case 'address':
      return folderOf(source.url);
    default:
      return source satisfies never;
  }
}

/**
 * Opens the files of a model from wherever it is. What this browser keeps is read from the disk tensor by tensor, never as a whole.
 *
 * @throws {StudioError} 'file-missing' for a model that is not kept here any more, and what `openHostedFiles` throws
 */
export async function openModelFiles(source: ModelSource, pageFolder: string, onBytes: OnBytes): Promise<HostedFiles> {
  if (source.kind === 'embedded' || source.kind === 'address') return openHostedFiles(bundleAddress(source, pageFolder), onBytes);
  const found = source.kind === 'held' ? source.files : await readModelFolder(source.id);
  if (found.length === 0)
    throw new StudioError('file-missing', 'this browser does not keep that model any more; load it again, or choose another');
  const totalBytes = found.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  const files = blobFiles(source.id, found, (count) => {
    done = Math.min(totalBytes, done + count);
    onBytes(done, totalBytes);
  });
  return { ...files, totalBytes, forget: () => undefined };
}

/**
 * Opens the bundle in a folder: fetches its manifest, and later what is read of the files that it names.
 *
 * @throws {StudioError} 'network' when the server cannot be reached or refuses, 'file-missing' or 'file-invalid' when there is no bundle
 */
export async function openHostedFiles(base: URL, onBytes: OnBytes): Promise<HostedFiles> {
  const manifestAddress = new URL(manifestName, base);
  const response = await request(manifestAddress);
  if (isPage(response)) throw notThere(manifestAddress);
  const manifestBytes = new Uint8Array(await response.arrayBuffer().catch(broken(manifestAddress)));
  const manifest = readManifest(parse(manifestBytes, manifestAddress), manifestAddress.href);
  return hostedFiles(base, { manifest, manifestBytes }, onBytes);
}

interface FoundManifest {
  readonly manifest: BundleManifest;
  readonly manifestBytes: Uint8Array;
}

function hostedFiles(base: URL, { manifest, manifestBytes }: FoundManifest, onBytes: OnBytes): HostedFiles {
  const entries = new Map([...manifest.shards, ...manifest.files].map((entry) => [entry.path, entry]));
  const totalBytes = [...entries.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, manifestBytes.byteLength);
  const fetched = new Map<string, Promise<ByteSource>>();
  const counted = new Map<string, number>([[manifestName, manifestBytes.byteLength]]);
  const load = (entry: Shard): Promise<ByteSource> => {
    const known = fetched.get(entry.path);
    if (known) return known;
    const loading = fetchWhole(new URL(entry.path, base), entry, (done) => {
      // A file that is fetched again after `forget` does not count twice.
      counted.set(entry.path, Math.max(done, counted.get(entry.path) ?? 0));
      onBytes(
        [...counted.values()].reduce((sum, bytes) => sum + bytes, 0),
        totalBytes,
      );
    });
    fetched.set(entry.path, loading);
    loading.catch(() => fetched.delete(entry.path)); // the next reader tries again
    return loading;
  };
  return {
    name: base.href,
    totalBytes,
    list: () => Promise.resolve([manifestName, ...entries.keys()].sort()),
    open: (path) => {
      if (path === manifestName) return Promise.resolve(memorySource(path, manifestBytes));
      const entry = entries.get(path);
      if (!entry) return Promise.resolve(null); // the manifest names every file, so nothing is asked in vain
      return Promise.resolve({
        name: path,
        byteLength: entry.sizeBytes,
        slice: async (start, end) => (await load(entry)).slice(start, end),
      });
    },
    forget: () => {
      fetched.clear();
    },
  };
}

async function fetchWhole(address: URL, { path, sizeBytes, sha256 }: Shard, onDone: (done: number) => void): Promise<ByteSource> {
  const { body } = await request(address);
  const bytes = new Uint8Array(sizeBytes);
  let done = 0;
  const reader = body?.getReader();
  for (let part = await reader?.read().catch(broken(address)); part?.value; part = await reader?.read().catch(broken(address))) {
    const size = part.value.byteLength;
    if (done + size > sizeBytes) throw wrongSize(address, sizeBytes, `at least ${String(done + size)}`);
    bytes.set(part.value, done);
    done += size;
    onDone(done);
  }
  if (done !== sizeBytes) throw wrongSize(address, sizeBytes, String(done));
  await checkHash(address, bytes, sha256);
  return memorySource(path, bytes);
}

/** Pages without https have no hashes; there the size alone must do. */
async function checkHash(address: URL, bytes: Uint8Array<ArrayBuffer>, expected: string): Promise<void> {
  if (!globalThis.isSecureContext || (await hashOf(bytes)) === expected) return;
  throw new StudioError(
    'integrity',
    `${address.href}: its bytes are not those that the manifest names; reload, or convert the checkpoint again`,
  );
}

/**
 * Gives the folder that an address means.
 *
 * @throws {StudioError} 'argument-invalid' when it is none
 */
export function folderOf(address: string): URL {
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch (cause) {
    throw new StudioError('argument-invalid', `${address}: this is no web address; it must begin with https://`, { cause });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new StudioError('argument-invalid', `${address}: a model's address must begin with https://`);
  url.search = '';
  url.hash = '';
  if (url.pathname.endsWith(`/${manifestName}`)) url.pathname = url.pathname.slice(0, -manifestName.length);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function request(address: URL): Promise<Response> {
  const response = await fetch(address).catch(broken(address));
  if (response.status === 404 || response.status === 410) throw notThere(address);
  if (!response.ok)
    throw new StudioError('network', `${address.href}: the server answered ${String(response.status)} ${response.statusText}`.trimEnd());
  return response;
}

/** Servers of single-page sites answer with their page where a file is missing. */
function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/html') ?? false;
}

function notThere(address: URL): StudioError {
  return new StudioError('file-missing', `${address.href}: there is no such file, so this is no whole model bundle; check the address`);
}

function broken(address: URL): (cause: unknown) => never {
  return (cause) => {
    const message = `${address.href}: cannot be fetched; the connection broke, or the server does not allow this page to read it (CORS)`;
    throw new StudioError('network', message, { cause });
  };
}

function wrongSize(address: URL, expected: number, found: string): StudioError {
  return new StudioError(
    'integrity',
    `${address.href}: has ${found} bytes, the manifest says ${String(expected)}; reload, or convert the checkpoint again`,
  );
}

function parse(bytes: Uint8Array, address: URL): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new StudioError('file-invalid', `${address.href}: is no JSON, so this is no model bundle; check the address`, { cause });
  }
}
