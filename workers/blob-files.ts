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
  const part = (start: number, end: number): Blob => {
    if (start < 0 || end < start || end > blob.size) {
      throw new StudioError('file-invalid', `${name}: range ${String(start)}–${String(end)} is outside of its ${String(blob.size)} bytes`);
    }
    return blob.slice(start, end);
  };
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof StudioError) throw cause;
      throw new StudioError('file-missing', `${name}: can no longer be read; it was moved, changed or deleted`, { cause });
    }
  };
  return {
    name,
    byteLength: blob.size,
    slice: (start, end) => reading(async () => new Uint8Array(await part(start, end).arrayBuffer())),
    readInto: (memory, start, end) => reading(() => fillMemory(memory, part(start, end))),
  };
}

/** Reads a blob into memory that moves from one reading to the next; browsers whose streams cannot do that give memory of their own. */
async function fillMemory(memory: ArrayBuffer, blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const reader = byteReader(blob);
  if (!reader) return new Uint8Array(await blob.arrayBuffer());
  let buffer = memory;
  let done = 0;
  while (done < blob.size) {
    const { value } = await reader.read(new Uint8Array(buffer, done, blob.size - done));
    if (!value || value.byteLength === 0)
      throw new StudioError('file-invalid', `a file ended after ${String(done)} of ${String(blob.size)} bytes`);
    buffer = value.buffer;
    done += value.byteLength;
  }
  return new Uint8Array(buffer, 0, done);
}

function byteReader(blob: Blob): ReadableStreamBYOBReader | null {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return null;
  }
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
  const unfinished = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    files: () => [...held].map(([path, file]) => ({ path, file })),
    sink: {
      write: (path, bytes) => {
        held.set(path, new Blob([bytes]));
        return Promise.resolve();
      },
      grow: async (path, sizeBytes) => {
        const isNew = !unfinished.has(path) && !held.has(path);
        const whole = unfinished.get(path) ?? (await beginWith(held.get(path), sizeBytes));
        unfinished.set(path, whole);
        return {
          isNew,
          write: (bytes, at) => {
            whole.set(bytes, at);
            return Promise.resolve();
          },
          flush: () => Promise.resolve(memorySource(path, whole)),
          finish: () => {
            held.set(path, new Blob([whole]));
            unfinished.delete(path);
            return Promise.resolve();
          },
          abandon: () => Promise.resolve(),
        };
      },
    },
  };
}

/** A file that was moved here before it was whole is gone on with. */
async function beginWith(before: Blob | undefined, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(sizeBytes);
  if (before) whole.set(new Uint8Array(await before.slice(0, sizeBytes).arrayBuffer()));
  return whole;
}

function counting(source: ByteSource, onBytes: (count: number) => void): ByteSource {
  const counted = async (reading: Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await reading;
    onBytes(bytes.byteLength);
    return bytes;
  };
  const { readInto } = source;
  return {
    ...source,
    slice: (start, end) => counted(source.slice(start, end)),
    ...(readInto && { readInto: (memory, start, end) => counted(readInto(memory, start, end)) }),
  };
}
