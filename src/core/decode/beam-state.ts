/** @file What a beam search is started with, and where it stands. */

import type { Forcing, LedText } from './forced/lead.ts';
import type { EarlyStopping } from './options.ts';
import type { TokenRules } from './rules.ts';

/** What a search is started with. */
export interface BeamSpec {
  readonly rules: TokenRules;
  /** Everything before the first new token, with one id for each image row. */
  readonly promptIds: readonly number[];
  readonly beams: number;
  readonly maxNewTokens: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: EarlyStopping;
  /** What leads to forced words; null where there are none. */
  readonly forcing: Forcing | null;
}

/** A text that is still written. */
export interface RunningBeam {
  readonly ids: readonly number[];
  /** Sum of log-probabilities after the rules. @unit nats */
  readonly sum: number;
  /** Sum of log-probabilities of the model itself. @unit nats */
  readonly modelSum: number;
  /** Where leading to forced words stands. */
  readonly led: LedText;
}

/** A text that has ended. */
export interface FinishedBeam {
  /** New tokens, the stop id included where there is one. */
  readonly ids: readonly number[];
  /** Sum after the rules / length^penalty. @unit nats a token at penalty 1 */
  readonly score: number;
  /** Sum of log-probabilities of the model itself. @unit nats */
  readonly logProbability: number;
  readonly stoppedBy: 'end' | 'length';
}

/** Where a search stands; plain data, replaced and never changed. */
export interface BeamState {
  readonly spec: BeamSpec;
  /** One at the start, then `spec.beams` of them, best first. */
  readonly running: readonly RunningBeam[];
  /** At most `spec.beams`, best first. */
  readonly finished: readonly FinishedBeam[];
  readonly isDone: boolean;
}
