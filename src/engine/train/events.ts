/** @file What training tells while it goes on: plain data, ready to cross a thread or to be a line of a log. */

/** Looking at pictures before the first step. */
export interface FeaturesEvent {
  readonly kind: 'features';
  readonly done: number;
  readonly total: number;
}

/** One step was made. */
export interface StepEvent {
  readonly kind: 'step';
  /** Steps done, this one among them. */
  readonly step: number;
  readonly totalSteps: number;
  /** How far through the data, 1.5 in the middle of the second time. */
  readonly epoch: number;
  /** Before the update. @unit nats a token */
  readonly loss: number;
  /** The length of all gradients before clipping. */
  readonly norm: number;
  readonly learningRate: number;
  /** Captions learned a second, over the last steps. */
  readonly samplesPerSecond: number;
  /** Null until it can be told. @unit s */
  readonly secondsLeft: number | null;
}

/** A validation picture captioned as it would be now. */
export interface ValidationCaption {
  readonly id: string;
  readonly caption: string;
}

/** It was looked at what was learned; the first look is before the first step. */
export interface ValidationEvent {
  readonly kind: 'validation';
  readonly step: number;
  /** On captions that are not learned. @unit nats a token */
  readonly loss: number;
  /** CIDEr-D of the captions, from 0 to 10; null where none were written. */
  readonly cider: number | null;
  /** Words of a caption on average; null where none were written. */
  readonly meanWords: number | null;
  /** The same pictures at each look. */
  readonly captions: readonly ValidationCaption[];
  /** Whether nothing better was seen since the first step: by CIDEr where there is one, by loss elsewhere. */
  readonly isBest: boolean;
}

/** How far captioning of validation pictures is. */
export interface ValidatingEvent {
  readonly kind: 'validating';
  readonly step: number;
  readonly done: number;
  readonly total: number;
}

/** Everything that is needed to go on was put down. */
export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly sizeBytes: number;
}

/** What training tells. */
export type TrainEvent = FeaturesEvent | StepEvent | ValidatingEvent | ValidationEvent | CheckpointEvent;

/** What is asked of training while it runs; it is looked at between steps. */
export type TrainWish = 'go' | 'pause' | 'stop';

/** How a run came to its end. `paused` can be run again; the others are over. */
export type TrainEnd = 'finished' | 'stopped' | 'stopped-early' | 'paused';
