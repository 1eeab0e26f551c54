/** @file What is told of an adapter that was matched with a model. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';

/** What became of an adapter's keys. */
export interface MatchReport {
  /** Keys that found their place. */
  readonly matched: readonly string[];
  /** Keys that found none; nothing of them is applied. */
  readonly unmatched: readonly string[];
  /** Keys that the config asks for and the file has not. */
  readonly missing: readonly string[];
}

/** An adapter as it is worn on one model. */
export interface MatchedAdapter extends MatchReport {
  readonly adapter: LearnedAdapter;
}
