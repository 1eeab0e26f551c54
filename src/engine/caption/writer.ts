/** @file Writers choose the tokens of one picture's captions, by chance or by beams; the loop that feeds them knows only rows. */

import type { ForcedVocabulary } from '../../core/decode/forced/forced-words.ts';
import type { Forcing } from '../../core/decode/forced/lead.ts';
import type { DecodingOptions } from '../../core/decode/options.ts';

/** One finished caption. */
export interface WrittenCaption {
  readonly text: string;
  /** The new tokens, without the stop id. */
  readonly ids: readonly number[];
  /** Sum over the new tokens, the stop id included. @unit nats */
  readonly logProbability: number;
  readonly stoppedBy: 'end' | 'length' | 'stop-string' | 'cancelled';
}

/** How the running rows go on: the next token of each, and the row it goes on from. */
export interface NextRows {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
}

/** Writes the captions of one picture. */
export interface Writer {
  /** How many rows it runs now: 1 at first, 0 at the end. */
  readonly rows: number;
  /** What can be shown by now of the first caption. */
  readonly text: string;
  /** Takes the logits of its running rows. */
  advance(logits: readonly Float32Array[]): NextRows;
  /** Gives its captions, best or first one first; what still runs is cut off. */
  finish(): readonly WrittenCaption[];
}

/** What a writer must know. */
export interface WriterSpec {
  readonly options: DecodingOptions;
  /** Everything before the first new token, one id for each picture row. */
  readonly promptIds: readonly number[];
  /** The last of these ids, with which the caption begins. */
  readonly startIds: readonly number[];
  readonly stopIds: readonly number[];
  readonly bannedSequences: readonly (readonly number[])[];
  /** The forced words in tokens; null where there are none. */
  readonly forced: ForcedVocabulary | null;
  readonly decode: (ids: readonly number[]) => string;
}

/** Gives what leading to forced words depends on; null where there are none. */
export function forcingOf({ options, startIds, stopIds, forced, decode }: WriterSpec): Forcing | null {
  if (forced === null || forced.words.length === 0) return null;
  const { maxNewTokens, stopStrings } = options;
  return { ...forced, textOf: (ids) => decode([...startIds, ...ids]).trimStart(), maxNewTokens, stopIds, stopStrings };
}
