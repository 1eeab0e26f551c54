/** @file The files of a bundle over the network: each is fetched once, whole, with progress by bytes. */

import type { ByteSource, FileSet } from '../src/core/codec/byte-source.ts';
import { memorySource } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import type { ModelSource } from './api.ts';

/** Where the embedded bundle lies, from the folder of the page. */
const embeddedPath = 'bundles/llava-mini/';

/** Gives the address of a bundle's folder. */
export function bundleAddress(source: ModelSource, pageFolder: string): string {
  switch (source.kind) {
    case 'embedded':
      return new URL(embeddedPath, pageFolder).href;
    case 'address':
      return source.url.endsWith('/')
        ? source.url
        : `${source.url.replace(/manifest\.json$/, '')}${source.url.endsWith('manifest.json') ? '' : '/'}`;
    case 'stored':
      throw new StudioError('file-missing', `${source.id}: this browser keeps no model of that name`);
    default:
      return source satisfies never;
  }
}

/**
 * Opens a folder of files behind an address.
 *
 * Reading rejects with 'network' when an address cannot be reached, and with 'cancelled' when it is stopped.
 */
export function fetchedFiles(folder: string, onBytes: (doneBytes: number) => void): FileSet {
  const opened = new Map<string, Promise<ByteSource | null>>();
  let done = 0;
  const fetchFile = async (path: string): Promise<ByteSource | null> => {
    const address = new URL(path, folder).href;
    const response = await fetch(address).catch((cause: unknown) => {
      throw new StudioError(
        'network',
        `${address}: cannot be reached; check the connection, or whether its host lets other pages read it (CORS)`,
        { cause },
      );
    });
    if (response.status === 404) return null;
    if (!response.ok) throw new StudioError('network', `${address}: the host answered ${String(response.status)} ${response.statusText}`);
    // A host that answers every path with its start page has no such file either.
    if (path.endsWith('.json') && response.headers.get('content-type')?.startsWith('text/html')) return null;
    const bytes = await readWhole(address, response, (more) => {
      done += more;
      onBytes(done);
    });
    return memorySource(address, bytes);
  };
  return {
    name: folder,
    list: () => Promise.resolve([...opened.keys()].sort()),
    open: (path) => {
      const known = opened.get(path) ?? fetchFile(path);
      opened.set(path, known);
      known.catch(() => opened.delete(path)); // the next try fetches again
      return known;
    },
  };
}

async function readWhole(address: string, response: Response, onMore: (bytes: number) => void): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.byteLength;
      onMore(part.byteLength);
    }
  } catch (cause) {
    throw new StudioError('network', `${address}: the connection broke after ${String(size)} bytes; try again`, { cause });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
