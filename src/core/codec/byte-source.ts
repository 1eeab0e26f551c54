/** @file The one way in which codecs read: a length and ranges. Files, blobs, OPFS handles and ranges of an address all look like this. */

import { StudioError } from '../error.ts';

/** Bytes that can be read in ranges. */
export interface ByteSource {
  /** What to call it in messages: a file name or an address. */
  readonly name: string;
  /** @unit bytes */
  readonly byteLength: number;
  /** Where these bytes lie as a whole file of this machine, links followed, for runtimes that map files; absent elsewhere. */
  readonly filePath?: string;
  /** Reads from start (inclusive) to end (exclusive); rejects where the range is not inside the source. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads as `slice` does, into memory that is used again and again, so that reading gigabytes leaves nothing to be collected. The memory is
   * taken away; what comes back has it as its buffer. Absent where nothing is gained.
   */
  readonly readInto?: (memory: ArrayBuffer, start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Makes a byte source of bytes in memory. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    slice: (start, end) => {
      if (start < 0 || end < start || end > bytes.byteLength) {
        return Promise.reject(
          new StudioError(
            'file-invalid',
            `${name}: range ${String(start)}–${String(end)} is outside of its ${String(bytes.byteLength)} bytes; the file is cut short or its header lies`,
          ),
        );
      }
      return Promise.resolve(bytes.slice(start, end));
    },
  };
}

/** A set of files by relative path with forward slashes: a folder, an archive, a repository on a hub. */
export interface FileSet {
  /** What to call it in messages. */
  readonly name: string;
  /** Paths of all files, sorted. */
  list(): Promise<readonly string[]>;
  /** Opens one file, or gives null where there is none of that path. */
  open(path: string): Promise<ByteSource | null>;
}

/** Joins pieces of bytes into one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
