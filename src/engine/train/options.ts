/** @file How training goes: plain data that the screen, the command line and checkpoints share. */

import type { LowRankSpec, PrefixSpec } from '../../core/adapter/spec.ts';
import type { OptimizerSpec } from '../../core/optim/optimizers.ts';
import type { Schedule } from '../../core/optim/schedule.ts';

/** Learned rows of embeddings, and where they begin. */
export interface PromptMethod {
  readonly kind: 'prompt';
  /** How many; null is as many as `initText` has tokens. */
  readonly tokens: number | null;
  /** The rows start as the embeddings of this text, cut or repeated to `tokens`, `{system}` and `{prompt}` filled with what is asked; null starts them from random tokens of the vocabulary. */
  readonly initText: string | null;
  /** Before everything, as PEFT has it, or instead of the sentence within the template. */
  readonly placement: 'start' | 'prompt';
}

/** Learned keys and values. */
export interface PrefixMethod extends PrefixSpec {
  /** They start as what the decoder keeps of this text; null starts them from random tokens. Not with a network. */
  readonly initText: string | null;
}

/** All weights of decoder and projector. */
export interface FullMethod {
  readonly kind: 'full';
  /** Whether the tower learns too; left out, it does not. */
  readonly tower?: boolean;
}

/** What is learned, and where it starts. */
export type MethodOptions = PromptMethod | PrefixMethod | LowRankSpec | FullMethod;

/** Names of the methods. */
export type MethodKind = MethodOptions['kind'];

/** How often it is looked at what was learned, and when that is reason to stop. */
export interface ValidationOptions {
  /** Looks in each epoch; training without epochs counts the whole run as one. */
  readonly timesPerEpoch: number;
  /** Pictures that are captioned and scored; 0 compares losses only. */
  readonly scoredPictures: number;
  /** Longest caption. @unit tokens */
  readonly maxNewTokens: number;
  /** Looks without a better score after which it ends by itself; null goes on to the end. */
  readonly patience: number | null;
}

/** Everything that decides how training goes; the same options, data and model give the same numbers. */
export interface TrainOptions {
  readonly method: MethodOptions;
  /** What the model is asked while it learns, and later while it captions. */
  readonly prompt: { readonly system: string; readonly prompt: string };
  readonly optimizer: OptimizerSpec;
  readonly schedule: Schedule['kind'];
  /** The rate at the end of the warm-up. */
  readonly learningRate: number;
  /** The share of all steps in which the rate grows, from 0 to 1. */
  readonly warmupShare: number;
  readonly length: { readonly epochs: number } | { readonly steps: number };
  /** Pictures whose captions are learned side by side. */
  readonly batchPictures: number;
  /** Batches that make one step. */
  readonly accumulate: number;
  /** Captions of a picture that are learned at once, at most; others take their turn in later epochs. */
  readonly captionsPerPicture: number;
  /** Longer captions are cut. @unit tokens, the end among them */
  readonly maxCaptionTokens: number;
  /** The largest length of all gradients together; null leaves them as they are. */
  readonly clip: number | null;
  /** The share of the probability that is spread over the whole vocabulary, from 0 (inclusive) to 1 (exclusive). */
  readonly smoothing: number;
  readonly seed: number;
  readonly validation: ValidationOptions;
  /** The longest time between two checkpoints. @unit s */
  readonly checkpointSeconds: number;
}
