/** @file The contract for training: what the engine thread does with a run. Types only, plain data only. */

import type { DataProblem } from '../src/engine/train/data-problems.ts';
import type { MemoryEstimate } from '../src/engine/train/estimate.ts';
import type { TimeEstimate } from '../src/engine/train/time-training.ts';
import type { TrainEnd, TrainEvent, TrainWish } from '../src/engine/train/events.ts';
import type { MethodOptions, TrainOptions } from '../src/engine/train/options.ts';

/** A picture to learn from, with its captions; the file travels as a handle. */
export interface TrainingPicture {
  /** Its name; no two pictures of one run share it. */
  readonly id: string;
  readonly file: Blob;
  readonly captions: readonly string[];
}

/** What is learned from, and what is only looked at. */
export interface TrainingData {
  readonly pictures: readonly TrainingPicture[];
  /** May be empty. */
  readonly validation: readonly TrainingPicture[];
}

/** What is trained, how, and from where. */
export interface TrainingWork extends TrainingData {
  readonly options: TrainOptions;
  /** The loaded style that it goes on from, by its id; absent or null where it begins anew. */
  readonly startsFrom?: string | null;
}

/** A run of training. */
export interface TrainingRequest extends TrainingWork {
  /** Under this name the run is kept in the browser, until it is forgotten. */
  readonly runId: string;
}

/** What a run would be, told before it starts. */
export interface TrainingCheck {
  readonly problems: readonly DataProblem[];
  readonly memory: MemoryEstimate;
  /** How many numbers learn. */
  readonly trainableCount: number;
  readonly totalSteps: number;
}

/** The run rests, since something else that was asked for has its turn; it goes on by itself. */
export interface RestingEvent {
  readonly kind: 'resting';
}

/** What a run tells. */
export type RunEvent = TrainEvent | RestingEvent;

/** How far a call brought a run. */
export interface TrainingOutcome {
  readonly end: TrainEnd;
  readonly stepsDone: number;
  readonly totalSteps: number;
}

/**
 * What the engine thread offers for training. All but `wishTraining` and `methodToGoOn` waits for its turn as captions do. Where a run `yields`, it lets everything
 * else that is asked for go first: it rests between two steps and goes on by itself.
 */
export interface TrainApi {
  /** Gives the method that goes on from a loaded style. Rejects with 'adapter-mismatch' saying why none does. */
  methodToGoOn(styleId: string): Promise<MethodOptions>;
  /** Rejects with 'argument-invalid' where options make no sense. */
  checkTraining(request: TrainingWork): Promise<TrainingCheck>;
  /** Makes three steps on the first pictures and forgets what was learned. Rejects with 'cancelled' when its run is wished to stop. */
  timeTraining(request: TrainingRequest): Promise<TimeEstimate>;
  /**
   * Starts a run, or goes on with what is kept of it. Rejects with 'loss-diverged' when the loss explodes (the last good state is kept),
   * 'picture-invalid', 'out-of-memory', 'storage-full', and 'device-lost': open the model again and call once more. Ends with 'paused' when
   * another model was opened while it rested.
   */
  train(request: TrainingRequest & { yields: boolean }, onEvent: (event: RunEvent) => void): Promise<TrainingOutcome>;
  /** Is heard within one step; of a run that is not going it is not. */
  wishTraining(runId: string, wish: TrainWish): Promise<void>;
  /** Changes whether a run that is going lets everything else go first. */
  letOthersFirst(runId: string, isWanted: boolean): Promise<void>;
  /** Gives what a run has learned so far as the zip that `loadAdapter` reads; the run stays. */
  keepTraining(request: TrainingRequest & { name: string }): Promise<Blob>;
  /** Removes what is kept of a run. */
  forgetTraining(runId: string): Promise<void>;
  /** The runs that are kept. */
  listTraining(): Promise<readonly string[]>;
}
