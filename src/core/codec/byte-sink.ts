/** @file Where files are written to: a folder of the machine, the browser's private file system, or memory. */

import type { ByteSource } from './byte-source.ts';

/** One file that is written piece by piece, in any order. */
export interface GrowingFile {
  /** Whether nothing was there before: what an earlier visit wrote is lost. */
  readonly isNew: boolean;
  /** Writes bytes from position `at` on. */
  write(bytes: Uint8Array<ArrayBuffer>, at: number): Promise<void>;
  /** Makes what was written stay, and gives it to be read. */
  flush(): Promise<ByteSource>;
  /** Lets the whole file appear under its name, and lets go of it. */
  finish(): Promise<void>;
  /** Lets go of a file that was not finished; where the place can go on later, its bytes stay. */
  abandon(): Promise<void>;
}

/** A place for a set of files. */
export interface FileSink {
  /** Writes a small file as a whole. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Opens a file of a known size; bytes that were written before, and not finished, are still there. */
  grow(path: string, sizeBytes: number): Promise<GrowingFile>;
}
