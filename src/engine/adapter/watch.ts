/** @file Long work on an adapter in stages, of which a host hears, and which it may end between two pieces. */

import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';

/** What is being done: a zip is fetched, its checksums are compared, tensors are read, written down, or put where sessions compute. */
export type AdapterStage = 'fetching' | 'checking' | 'reading' | 'packing' | 'laying out';

/** How far a stage is. */
export interface AdapterProgress {
  readonly stage: AdapterStage;
  /** @unit bytes */
  readonly done: number;
  /** Never less than what is done; 0 where it is not known. @unit bytes */
  readonly total: number;
}

/** How the host hears of progress, asks to stop, and gets its turn. */
export interface AdapterControl {
  readonly onProgress: (progress: AdapterProgress) => void;
  readonly isStopped: () => boolean;
  /** Lets the host look at its messages; asked for a few times a second. */
  readonly breathe: () => Promise<void>;
}

/** What the work tells of itself. */
export interface AdapterWatch {
  /** Begins a stage. @param totalBytes 0 where it is not known */
  begin(stage: AdapterStage, totalBytes: number): void;
  /** Counts bytes of a stage; those of another than the present one are passed over. */
  count(stage: AdapterStage, bytes: number): void;
  /** Counts, and lets the host have its turn. @throws {StudioError} 'cancelled' */
  step(stage: AdapterStage, bytes: number): Promise<void>;
}

/** Work that nobody watches. */
export const unwatched: AdapterWatch = { begin: () => undefined, count: () => undefined, step: () => Promise.resolve() };

const breatheEveryMs = 50;
const tellEveryMs = 100;

/** Watches one piece of work for a host. @param name what to call it in messages */
export function watchAdapter(name: string, { onProgress, isStopped, breathe }: AdapterControl): AdapterWatch {
  let progress: AdapterProgress = { stage: 'reading', done: 0, total: 0 };
  let breathedMs = performance.now();
  let toldMs = -Infinity;
  const tell = (next: AdapterProgress): void => {
    progress = next;
    const nowMs = performance.now();
    if (nowMs - toldMs < tellEveryMs) return;
    toldMs = nowMs;
    onProgress(progress);
  };
  const count = (stage: AdapterStage, bytes: number): void => {
    if (stage !== progress.stage) return;
    const done = progress.done + bytes;
    // Servers of other origins may hide that an answer is packed; more than was announced shows it.
    tell({ stage, done, total: done > progress.total ? 0 : progress.total });
  };
  return {
    begin: (stage, total) => {
      toldMs = -Infinity;
      tell({ stage, done: 0, total });
    },
    count,
    step: async (stage, bytes) => {
      count(stage, bytes);
      if (performance.now() - breathedMs >= breatheEveryMs) {
        await breathe();
        breathedMs = performance.now();
      }
      if (isStopped()) throw new StudioError('cancelled', `${name}: stopped`);
    },
  };
}

/** So much is read between two turns of the host. @unit bytes */
const pieceBytes = 8 * 2 ** 20;

/** Gives files whose reading is watched, and can be stopped in the middle of a tensor. */
export function watchedFiles(files: FileSet, watch: AdapterWatch): FileSet {
  return {
    ...files,
    open: async (path) => {
      const file = await files.open(path);
      return file && watchedSource(file, watch);
    },
  };
}

function watchedSource(source: ByteSource, watch: AdapterWatch): ByteSource {
  const { name, byteLength } = source;
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await source.slice(start, end);
    await watch.step('reading', bytes.byteLength);
    return bytes;
  };
  return {
    name,
    byteLength,
    slice: async (start, end) => {
      // A range that cannot be is refused before memory is taken for it.
      if (end - start <= pieceBytes || end > byteLength) return read(start, end);
      const whole = new Uint8Array(end - start);
      for (let at = start; at < end; at += pieceBytes) whole.set(await read(at, Math.min(end, at + pieceBytes)), at - start);
      return whole;
    },
  };
}
