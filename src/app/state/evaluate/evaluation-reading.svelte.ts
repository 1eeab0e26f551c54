/** @file Files of captions on their way in: how far their reading is, and how it is stopped. */

import type { ReadFile } from '../../../../workers/scores-api.ts';
import type { Scores } from '../../scores.ts';
import type { Notices } from '../notices.svelte.ts';
import { timeLeftMs } from '../time-left.ts';
import { tellOfFiles, type RefusedFile } from './evaluation-troubles.ts';

/** How far the reading of files is. */
export interface ReadingProgress {
  /** The file that is read now. */
  readonly fileName: string;
  /** Of the bytes of all files, from 0 to 1. */
  readonly share: number;
  /** undefined until it can be told. @unit ms */
  readonly leftMs: number | undefined;
}

/** What the reading works with. */
export interface ReadingParts {
  /** Starts the scoring thread; called when it is first needed. */
  readonly openScores: () => Scores;
  readonly notices: Notices;
}

/** Of a file whose bytes are here, what is done: the other half is making sense of them. */
const fetchedShare = 0.5;

/** What takes less says nothing of it. @unit ms */
const shortMs = 300;

/** The reading of files, one after another. */
export class EvaluationReading {
  #progress = $state.raw<ReadingProgress | undefined>(undefined);
  #isLong = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #parts: ReadingParts;
  #stop = new AbortController();
  #startMs = 0;
  /** Files that wait or are read. */
  #open = 0;
  #totalBytes = 0;
  #doneBytes = 0;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /** How far it is; undefined while nothing is read, or for a moment only. */
  get progress(): ReadingProgress | undefined {
    return this.#isLong ? this.#progress : undefined;
  }

  /** Reads files one after another and hands each over; what cannot be taken is told, and the others are read all the same. */
  async read(files: readonly File[], take: (read: ReadFile) => void): Promise<void> {
    this.#begin(files);
    const stop = this.#stop.signal;
    const refused: RefusedFile[] = [];
    for (const file of files) {
      try {
        if (stop.aborted) continue;
        this.#tell(file, 0);
        const read = await this.#parts.openScores().readFile({ name: file.name, file }, stop, (share) => {
          if (!stop.aborted) this.#tell(file, share * fetchedShare);
        });
        take(read);
      } catch (error) {
        refused.push({ fileName: file.name, error });
      } finally {
        this.#end(file);
      }
    }
    tellOfFiles(this.#parts.notices, refused);
  }

  /** Gives up what is being read, and what waits to be; what was read before stays. */
  stop(): void {
    this.#stop.abort();
  }

  #begin(files: readonly File[]): void {
    if (files.length === 0) return;
    if (this.#open === 0) {
      if (this.#stop.signal.aborted) this.#stop = new AbortController();
      this.#startMs = performance.now();
      this.#totalBytes = 0;
      this.#doneBytes = 0;
      this.#timer = setTimeout(() => (this.#isLong = true), shortMs);
    }
    this.#open += files.length;
    this.#totalBytes += files.reduce((sum, { size }) => sum + size, 0);
  }

  #end(file: File): void {
    this.#open -= 1;
    this.#doneBytes += file.size;
    if (this.#open > 0) return;
    clearTimeout(this.#timer);
    this.#isLong = false;
    this.#progress = undefined;
  }

  #tell({ name, size }: File, shareOfFile: number): void {
    const share = this.#totalBytes === 0 ? 0 : (this.#doneBytes + shareOfFile * size) / this.#totalBytes;
    this.#progress = { fileName: name, share, leftMs: timeLeftMs(share, performance.now() - this.#startMs) };
  }
}
