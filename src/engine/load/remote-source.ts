/** @file Files on a web server as byte sources: large ones by ranges, small ones whole. */

import { joinBytes, memorySource, type ByteSource } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import { ask, brokenConnection, changed, withRetries, type Http, type HttpAnswer, type RemoteFile } from './http.ts';

/** What tells whether a file is still the same. */
export interface FileState {
  /** @unit bytes */
  readonly sizeBytes: number;
  /** null until the server has told it, or where it does not. */
  readonly etag: string | null;
}

/** Counts bytes as they come; bytes of small files beside the weights are not counted. */
export type OnBytes = (count: number) => void;

/** Small files are held whole; none of a model is larger. @unit bytes */
const maxWholeBytes = 128 * 2 ** 20;

/**
 * Fetches a small file whole; null where there is none.
 *
 * @throws {StudioError} what `ask` throws; 'file-invalid' for one that is far too large
 */
export async function fetchWhole(http: Http, file: RemoteFile, name: string): Promise<ByteSource | null> {
  return withRetries(http, async () => {
    const answer = await ask(http, file).catch((error: unknown) => {
      if (error instanceof StudioError && error.code === 'file-missing') return null;
      throw error;
    });
    // Servers of single-page sites answer with their page where a file is missing.
    if (answer === null || isPage(answer)) return null;
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of piecesOf(file, answer)) {
      size += part.byteLength;
      if (size > maxWholeBytes) throw new StudioError('file-invalid', `${file.address}: is larger than ${String(maxWholeBytes)} bytes`);
      parts.push(part);
    }
    return memorySource(name, joinBytes(parts));
  });
}

/** So many bytes tell whether a file is safetensors, and how long its header is. @unit bytes */
const headBytes = 8;

/**
 * Asks how large a file is by its first bytes; null where there is none.
 *
 * @throws {StudioError} 'network' when the server answers no ranges, or does not say how large the file is
 */
export async function probe(http: Http, file: RemoteFile): Promise<{ readonly state: FileState; readonly head: Uint8Array } | null> {
  return withRetries(http, async () => {
    const answer = await ask(http, file, `0-${String(headBytes - 1)}`).catch((error: unknown) => {
      if (error instanceof StudioError && error.code === 'file-missing') return null;
      throw error;
    });
    if (answer === null) return null;
    const head = await readHead(file, answer);
    if (isPage(answer)) return null;
    if (answer.status !== 206) throw noRanges(file.address);
    const total = /\/(\d+)$/.exec(answer.header('content-range') ?? '')?.[1];
    if (total === undefined) {
      throw new StudioError(
        'network',
        `${file.address}: the server does not show how large the file is; let it send Access-Control-Expose-Headers: Content-Range, ETag`,
      );
    }
    return { state: { sizeBytes: Number(total), etag: answer.header('etag') }, head };
  });
}

/** Reads no further than it must: servers send whole files, too, and an answer that is left unread would go on coming. */
async function readHead(file: RemoteFile, answer: HttpAnswer): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of piecesOf(file, answer)) {
    parts.push(part);
    size += part.byteLength;
    if (size > headBytes) break; // just these are read to their end, which keeps the connection
  }
  return joinBytes(parts).slice(0, headBytes);
}

/** What is known of a file beforehand. */
export interface RangedFile extends RemoteFile {
  readonly name: string;
  readonly state: FileState;
  /** Its first bytes, where they have come already. */
  readonly head?: Uint8Array;
}

/** A file that is read by ranges, with what was learned of it. */
export interface RangedSource extends ByteSource {
  readonly state: () => FileState;
}

/** Makes a source of a file on a server; a broken connection is taken up again at the byte where it broke. */
export function rangedSource(http: Http, file: RangedFile, onBytes: OnBytes): RangedSource {
  let { etag } = file.state;
  const { sizeBytes } = file.state;
  const check = (answer: HttpAnswer, start: number, end: number): void => {
    if (answer.status !== 206) throw noRanges(file.address);
    const range = answer.header('content-range');
    if (range !== null && range !== `bytes ${String(start)}-${String(end - 1)}/${String(sizeBytes)}`) {
      throw changed(file.address, `answered with "${range}" of ${String(sizeBytes)} bytes`);
    }
    const found = answer.header('etag');
    if (found !== null && etag !== null && found !== etag) throw changed(file.address, 'has another ETag');
    etag ??= found;
  };
  return {
    name: file.name,
    byteLength: sizeBytes,
    state: () => ({ sizeBytes, etag }),
    slice: async (start, end) => {
      if (start < 0 || end < start || end > sizeBytes) {
        throw new StudioError(
          'file-invalid',
          `${file.name}: range ${String(start)}–${String(end)} is outside of its ${String(sizeBytes)} bytes`,
        );
      }
      const bytes = new Uint8Array(end - start);
      const known = file.head?.subarray(start, end) ?? new Uint8Array();
      bytes.set(known);
      let done = known.byteLength;
      let doneBefore = done;
      await withRetries(
        http,
        async () => {
          doneBefore = done;
          if (done === bytes.byteLength) return;
          const answer = await ask(http, file, `${String(start + done)}-${String(end - 1)}`);
          check(answer, start + done, end);
          for await (const part of piecesOf(file, answer)) {
            if (done + part.byteLength > bytes.byteLength) throw changed(file.address, 'sent more than was asked for');
            bytes.set(part, done);
            done += part.byteLength;
            onBytes(part.byteLength);
          }
          if (done < bytes.byteLength) throw brokenConnection(file.address, 'the answer ended early');
        },
        () => done > doneBefore,
      );
      return bytes;
    },
  };
}

async function* piecesOf({ address }: RemoteFile, { body }: HttpAnswer): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* body;
  } catch (cause) {
    throw brokenConnection(address, cause);
  }
}

function isPage(answer: HttpAnswer): boolean {
  return answer.header('content-type')?.startsWith('text/html') ?? false;
}

function noRanges(address: string): StudioError {
  return new StudioError(
    'network',
    `${address}: the server sends whole files only, and models are fetched in ranges; use a host that answers Range requests, or fetch the folder another way and choose that one`,
  );
}
