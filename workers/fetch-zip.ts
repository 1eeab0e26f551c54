/** @file A zip of any size from the web: by ranges where the server answers them, so that a broken connection costs little, else in one piece. */

import { StudioError } from '../src/core/error.ts';
import type { AdapterWatch } from '../src/engine/adapter/watch.ts';
import { ask, brokenConnection, withRetries, type Http, type RemoteFile } from '../src/engine/load/http.ts';
import { probe, rangedSource } from '../src/engine/load/remote-source.ts';

/** What is held at a time before the browser takes it over. @unit bytes */
const pieceBytes = 8 * 2 ** 20;

/** Where no server says how much comes, more than this is no style. @unit bytes */
const maxZipBytes = 4e9;

/**
 * Fetches a zip.
 *
 * @throws {StudioError} 'file-missing', 'permission', 'network', 'source-changed' where it changes on its way, 'file-invalid' for one that is far
 * too large, 'cancelled' when the watch says so
 */
export async function fetchZip(http: Http, address: string, watch: AdapterWatch): Promise<Blob> {
  const file: RemoteFile = { address, headers: {} };
  const found = await probe(http, file).catch((error: unknown) => {
    // The server was there, and answers no ranges.
    if (error instanceof StudioError && error.code === 'network' && error.details['mayPass'] !== true) return 'no ranges' as const;
    throw error;
  });
  if (found === null) throw new StudioError('file-missing', `${address}: there is no such file; check the address`);
  if (found === 'no ranges') return fetchAtOnce(http, file, watch);
  const { sizeBytes } = found.state;
  refuseHuge(address, sizeBytes);
  watch.begin('fetching', sizeBytes);
  const source = rangedSource(http, { ...file, ...found, name: address }, (count) => watch.count('fetching', count));
  const parts: Blob[] = [];
  for (let at = 0; at < sizeBytes; at += pieceBytes) {
    parts.push(new Blob([await source.slice(at, Math.min(sizeBytes, at + pieceBytes))]));
    await watch.step('fetching', 0);
  }
  return new Blob(parts);
}

/** Without ranges there is no going on where a connection broke: each try begins anew, and so does what is told of it. */
function fetchAtOnce(http: Http, file: RemoteFile, watch: AdapterWatch): Promise<Blob> {
  const { address } = file;
  return withRetries(http, async () => {
    const answer = await ask(http, file);
    if (answer.header('content-type')?.startsWith('text/html') === true)
      throw new StudioError('file-missing', `${address}: is a page, and no zip; check the address`);
    // Of a packed answer the length says nothing.
    const isPlain = answer.header('content-encoding') === null;
    watch.begin('fetching', isPlain ? Number(answer.header('content-length') ?? 0) : 0);
    const parts: Blob[] = [];
    let size = 0;
    try {
      for await (const piece of answer.body) {
        parts.push(new Blob([piece]));
        size += piece.byteLength;
        refuseHuge(address, size);
        await watch.step('fetching', piece.byteLength);
      }
    } catch (cause) {
      throw brokenConnection(address, cause);
    }
    return new Blob(parts);
  });
}

function refuseHuge(address: string, sizeBytes: number): void {
  if (sizeBytes > maxZipBytes)
    throw new StudioError('file-invalid', `${address}: is larger than ${String(maxZipBytes / 1e9)} GB; unpack it and bring in the folder`);
}
