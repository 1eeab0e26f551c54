/** @file What training is given by its host: pictures, places to keep things, and who listens. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import type { Picture } from '../../core/image/picture.ts';
import type { OpenModel } from '../model.ts';
import type { TrainEnd, TrainEvent, TrainWish } from './events.ts';
import type { TrainOptions } from './options.ts';

/** A picture to learn from. */
export interface TrainPicture {
  /** Its name; no two pictures of one run share it. */
  readonly id: string;
  readonly captions: readonly string[];
  /** Hash of the file's bytes, in hex: under it the picture's features are kept. */
  readonly contentHash: () => Promise<string>;
  readonly load: () => Promise<Picture>;
}

/** Keeps bytes by name where the host has room: OPFS in the page, a folder in Node. Each write is whole or not there. */
export interface ByteStore {
  read(name: string): Promise<Uint8Array | null>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** What training needs. */
export interface TrainRequest {
  /** It stays the caller's. */
  readonly model: OpenModel;
  readonly options: TrainOptions;
  /** What it goes on from; its method and sizes must be those of the options, see `methodOfAdapter`. Without it the method's own start. */
  readonly startsFrom?: LearnedAdapter | null;
  readonly pictures: readonly TrainPicture[];
  /** Pictures that are never learned, only looked at; may be empty. */
  readonly validation: readonly TrainPicture[];
  /** Features of pictures, shared by all runs on one model; null keeps them in memory only. */
  readonly features: ByteStore | null;
  /** Where this one run can be gone on from; null does not keep it. */
  readonly checkpoints: ByteStore | null;
  /** Whether to go on from what `checkpoints` has, if it has anything; otherwise that is overwritten. */
  readonly resumes: boolean;
  readonly onEvent: (event: TrainEvent) => void;
}

/** A run that can be started, paused and gone on with. */
export interface Trainer {
  readonly totalSteps: number;
  readonly trainableCount: number;
  stepsDone(): number;
  /**
   * Goes on until the end or until something else is wished; 'pause' and 'stop' are heard within a step and put a checkpoint down first.
   *
   * @throws {StudioError} 'loss-diverged' when the loss explodes, after which `result` gives the last good state
   */
  run(wish: () => TrainWish): Promise<TrainEnd>;
  /** The step whose state `result` gives: that of the best look, or the last one where no look has chosen. */
  resultStep(): number;
  /** Whether a look has chosen a state. */
  hasBest(): boolean;
  /** Gives what was learned: the best state that a validation saw, or the last one where there was none. */
  result(name: string): Promise<LearnedAdapter>;
  close(): Promise<void>;
}
