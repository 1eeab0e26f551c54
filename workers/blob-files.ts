/** @file Files that the browser holds, on the disk or in memory, read in ranges; and a place in memory to write to. */

import type { FileSink } from '../src/core/codec/byte-sink.ts';
import { memorySource, type ByteSource, type FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';

/** A file under its path. */
export interface BlobFile {
  readonly path: string;
  readonly file: Blob;
}

/** Makes a byte source of a file; nothing is read until it is asked for. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    byteLength: blob.size,
    slice: async (start, end) => {
      if (start < 0 || end < start || end > blob.size) {
        throw new StudioError(
          'file-invalid',
          `${name}: range ${String(start)}–${String(end)} is outside of its ${String(blob.size)} bytes`,
        );
      }
      try {
        return new Uint8Array(await blob.slice(start, end).arrayBuffer());
      } catch (cause) {
        throw new StudioError('file-missing', `${name}: can no longer be read; it was moved, changed or deleted`, { cause });
      }
    },
  };
}

/** Makes a set of files. @param onBytes is told how many bytes were read, each time */
export function blobFiles(name: string, files: readonly BlobFile[], onBytes: (count: number) => void = () => undefined): FileSet {
  const sources = new Map(files.map(({ path, file }) => [path, counting(blobSource(path, file), onBytes)]));
  return {
    name,
    list: () => Promise.resolve([...sources.keys()].sort()),
    open: (path) => Promise.resolve(sources.get(path) ?? null),
  };
}

/** Files in memory, which other threads can be given without a copy. */
export interface HeldFiles {
  readonly sink: FileSink;
  readonly files: () => readonly BlobFile[];
}

/** Makes an empty place in memory. */
export function heldFiles(): HeldFiles {
  const held = new Map<string, Blob>();
  return {
    files: () => [...held].map(([path, file]) => ({ path, file })),
    sink: {
      write: (path, bytes) => {
        held.set(path, new Blob([bytes]));
        return Promise.resolve();
      },
      grow: (path, sizeBytes) => {
        let whole = new Uint8Array(sizeBytes);
        return Promise.resolve({
          write: (bytes, at) => {
            whole.set(bytes, at);
            return Promise.resolve();
          },
          flush: () => Promise.resolve(memorySource(path, whole)),
          finish: () => {
            held.set(path, new Blob([whole]));
            whole = new Uint8Array();
            return Promise.resolve();
          },
          abandon: () => Promise.resolve(),
        });
      },
    },
  };
}

function counting(source: ByteSource, onBytes: (count: number) => void): ByteSource {
  return {
    ...source,
    slice: async (start, end) => {
      const bytes = await source.slice(start, end);
      onBytes(bytes.byteLength);
      return bytes;
    },
  };
}
